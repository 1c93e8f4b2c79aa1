"""What a file says of the panorama that it holds, so that viewers show it all around."""

from __future__ import annotations

from ..protocol import EQUIRECT, VR180

_XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about="" xmlns:GPano="http://ns.google.com/photos/1.0/panorama/" {fields}/>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>"""


def photo_sphere(projection: str, width: int, height: int) -> bytes:
    """An XMP packet of a panorama's pixels for one eye; empty for what is none, or has none, as a cube map.

    Source: Google, "Photo Sphere XMP Metadata" (GPano 1.0). A half panorama is the middle of a whole one.
    """
    if projection not in (EQUIRECT, VR180):
        return b""
    beyond = width // 2 if projection == VR180 else 0
    fields = {
        "ProjectionType": "equirectangular",
        "UsePanoramaViewer": "True",
        "FullPanoWidthPixels": width + 2 * beyond,
        "FullPanoHeightPixels": height,
        "CroppedAreaImageWidthPixels": width,
        "CroppedAreaImageHeightPixels": height,
        "CroppedAreaLeftPixels": beyond,
        "CroppedAreaTopPixels": 0,
    }
    return _XMP.format(fields=" ".join(f'GPano:{name}="{value}"' for name, value in fields.items())).encode()
