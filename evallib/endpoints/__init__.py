"""Systems that answer over HTTP, such as an existing solution behind an API: asked in batches, within bounds."""

from evallib.endpoints.caller import allowed_hosts
from evallib.endpoints.model import BoundEndpoint, EndpointModel

__all__ = ["BoundEndpoint", "EndpointModel", "allowed_hosts"]
