"""The standing receiver: feed and claims for whoever owns a project, beside the callbacks. It believes no body."""
