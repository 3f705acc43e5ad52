"""A file of prices that lies outside the specs, from its text. Pure: its place and its bytes are handed in."""

from __future__ import annotations

from pydantic import ValidationError

from seedance_spec.model.complaints import shape_complaints
from seedance_spec.model.document import PricesDocument
from seedance_spec.model.money import Prices
from seedance_spec.model.money_keys import prices_of
from seedance_spec.model.plain import plain_mapping
from seedance_spec.specfiles.diagnostic import Diagnostic
from seedance_spec.specfiles.located import read_yaml
from seedance_spec.specfiles.nodes import Mapping
from seedance_spec.specfiles.positions import whole_file


def prices_in(path: str, text: str) -> tuple[Prices, tuple[Diagnostic, ...]]:
    """The prices of a file as `version: 1` and `prices:` say them, in YAML or JSON, and every complaint."""
    root, told = read_yaml(path, text)
    if not isinstance(root, Mapping):
        hint = "write `version: 1` and `prices:`"
        nothing = Diagnostic(code="no-prices", message="the file holds no prices", span=whole_file(path), hint=hint)
        return {}, told or (nothing,)
    plain, unusable = plain_mapping(root)
    complaints = [*told, *unusable]
    try:
        PricesDocument.model_validate(plain)
    except ValidationError as error:
        complaints += shape_complaints(error, root, PricesDocument)
    prices, wrong = prices_of(root.get("prices"))
    return prices, (*complaints, *wrong)
