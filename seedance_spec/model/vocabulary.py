"""The API's own words and the numbers that bound them, each said once and with its source. Pure data."""

from __future__ import annotations

STANDARD = "dreamina-seedance-2-0"
FAST = "dreamina-seedance-2-0-fast"
MODELS = (STANDARD, FAST)
RESOLUTIONS = ("480p", "720p", "1080p")
TIER_PATTERN = r"^[0-9]+[pk]$"
RATIOS = ("16:9", "9:16", "1:1", "4:3", "3:4", "21:9", "adaptive")
SERVICE_TIERS = ("auto", "default", "priority", "flex")

DEFAULT_DURATION = 5
AUTO_DURATION = -1
SHORTEST, LONGEST = 4, 15
MAX_SEED = 2**31 - 1
SHORTEST_EXPIRY, LONGEST_EXPIRY = 3_600, 259_200
MAX_TAKES = 20
MAX_RETRIES = 5

MAX_IMAGE_BYTES = 30 * 2**20
MAX_AUDIO_BYTES = 15 * 2**20
MAX_BODY_BYTES = 64 * 2**20
MAX_PROMPT_WORDS = 1_000
MAX_PROMPT_IDEOGRAPHS = 500

API_MODELS = "API page §1"
API_SUBMIT = "API page §2.1"
API_SHAPE = "API page §3.1"
API_CAMERA = "API page §3.2"
API_ADVANCED = "API page §3.3"
API_CONTENT = "API page §3.4"
UPSTREAM = "upstream: Ark's create-task page"
GATEWAY = "gateway: its Doubao adaptor"
