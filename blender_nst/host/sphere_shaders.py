"""StyleBlit (Sykora et al. 2019, public-domain method) as two shaders of Blender's ``gpu`` module.

The first draws for each pixel which way it faces, and where it lies in its object. The second looks at those,
and copies pieces of a painted sphere. What they must know of view, objects and looks lies in one texture of
floats, whose rows ``sphere_facts`` fills, because push constants end at 128 bytes.
"""

from __future__ import annotations

from typing import Any

import gpu

RIM = 0.985  # of a ball's radius: what lies farther out may be mixed with the background
MOST_TAPS = 4  # across, of the painting's pixels for one of the screen
LEVELS = 5  # of pieces, each half as large as the one before

_COMMON = """
vec4 fact(int row, int column) { return texelFetch(facts, ivec2(column, row), 0); }

vec3 seen_from_camera(int number, vec3 place) {
  vec4 point = vec4(place, 1.0);
  return vec3(dot(fact(number, 0), point), dot(fact(number, 1), point), dot(fact(number, 2), point));
}

vec4 projected(vec3 seen) {
  return fact(0, 0) * seen.x + fact(0, 1) * seen.y + fact(0, 2) * seen.z + fact(0, 3);
}
"""

_GUIDES_VERTEX = """
void main() {
  vec4 along = vec4(normal, 0.0);
  place = pos;
  seen = seen_from_camera(number, pos);
  turned = vec3(dot(fact(number, 3), along), dot(fact(number, 4), along), dot(fact(number, 5), along));
  gl_Position = projected(seen);
}
"""

_GUIDES_FRAGMENT = """
/* Turned by the smallest rotation that takes one unit vector to another: mirrored twice. */
vec3 between(vec3 vector, vec3 start, vec3 end) {
  return reflect(reflect(vector, start), normalize(end + 0.9999 * start));
}

void main() {
  vec3 towards_viewer = vec3(0.0, 0.0, 1.0);
  vec3 viewer = fact(0, 4).x > 0.5 ? normalize(-seen) : towards_viewer;
  vec3 faced = normalize(turned);
  if (gl_FrontFacing == (fact(number, 6).w > 0.5)) {
    faced = -faced;
  }
  faced = between(faced, viewer, towards_viewer);
  vec3 light = fact(number, 7).xyz;
  if (dot(light, light) > 0.0) {
    int look = int(fact(number, 6).z + 0.5);
    faced = between(faced, between(light, viewer, towards_viewer), fact(look, 1).xyz);
  }
  if (faced.z < 0.0) {
    faced = vec3(normalize(faced.xy + vec2(1e-6, 0.0)), 0.0);
  }
  guide = vec4(faced, float(number));
  where = vec4(place, seen.z);
}
"""

_BLIT_VERTEX = """
void main() {
  screen = 0.5 * pos + 0.5;
  gl_Position = vec4(pos, 0.0, 1.0);
}
"""

_BLIT_FRAGMENT = """
/* Three numbers from 0 to 1 of a cell's own (PCG, Jarzynski and Olano 2020). */
vec3 chance(ivec3 cell, int level) {
  uvec3 v = uvec3(cell) + uvec3(uint(level) * 7919u);
  v = v * 1664525u + 1013904223u;
  v.x += v.y * v.z; v.y += v.z * v.x; v.z += v.x * v.y;
  v ^= v >> 16u;
  v.x += v.y * v.z; v.y += v.z * v.x; v.z += v.x * v.y;
  return vec3(v >> 8u) / 16777216.0;
}

/* The nearest of seeds, of which each cell of a grid of width 1 has one. */
vec3 nearest_seed(vec3 place, int level) {
  ivec3 corner = ivec3(floor(place - 0.5));
  vec3 nearest = place;
  float least = 1e9;
  for (int i = 0; i < 8; i++) {
    ivec3 cell = corner + ivec3(i & 1, (i >> 1) & 1, i >> 2);
    vec3 seed = vec3(cell) + 0.2 + 0.6 * chance(cell, level);
    vec3 away = seed - place;
    float far = dot(away, away);
    if (far < least) {
      least = far;
      nearest = seed;
    }
  }
  return nearest;
}

/* Where a pixel at a depth is seen from the camera, right and up. */
vec2 flat_of(ivec2 pixel, float depth) {
  vec2 part = (vec2(pixel) + 0.5) / fact(0, 4).yz * 2.0 - 1.0;
  vec2 lens = vec2(fact(0, 0).x, fact(0, 1).y);
  if (fact(0, 4).x > 0.5) {
    return (part + fact(0, 2).xy) * -depth / lens;
  }
  return (part - fact(0, 3).xy) / lens;
}

/* A pixel of the painting, its alpha multiplied in. */
vec4 texel(ivec2 place) {
  vec4 found = texelFetch(painting, clamp(place, ivec2(0), textureSize(painting, 0) - 1), 0);
  vec2 kind = fact(look, 2).xy;
  if (kind.x > 0.5) {
    return vec4(found.rgb, 1.0);
  }
  return kind.y > 0.5 ? found : vec4(found.rgb * found.a, found.a);
}

/* The painting at a place in its pixels: between four of them, or the mean of some where one pixel of the
 * screen holds many. No sampler, which would read it coarser where places jump. */
vec4 painted_at(vec2 place, float texels) {
  int taps = clamp(int(texels), 1, MOST_TAPS);
  if (taps == 1) {
    ivec2 corner = ivec2(floor(place - 0.5));
    vec2 mixing = fract(place - 0.5);
    vec4 below = mix(texel(corner), texel(corner + ivec2(1, 0)), mixing.x);
    return mix(below, mix(texel(corner + ivec2(0, 1)), texel(corner + 1), mixing.x), mixing.y);
  }
  vec4 sum = vec4(0.0);
  for (int i = 0; i < taps * taps; i++) {
    vec2 off = (vec2(i % taps, i / taps) + 0.5) / float(taps) - 0.5;
    sum += texel(ivec2(floor(place + off * texels)));
  }
  return sum / float(taps * taps);
}

/* A linear colour as one of overlays, which Blender merges into what is displayed by a power of 2.2 where an
 * image's own is sRGB's curve (OCIO_ProcessColor, the same from 4.5 to 5.2): else both would differ. */
float overlay_of(float linear) {
  float shown = linear < 0.0031308 ? 12.92 * max(linear, 0.0) : 1.055 * pow(linear, 1.0 / 2.4) - 0.055;
  return pow(shown, 2.2);
}

void main() {
  ivec2 size = ivec2(fact(0, 4).yz + 0.5);
  ivec2 pixel = min(ivec2(screen * vec2(size)), size - 1);
  vec4 own = texelFetch(guides, pixel, 0);
  int number = int(own.w + 0.5);
  if (number == 0) {
    discard;
  }
  vec4 facts_of = fact(number, 6);
  if (int(facts_of.z + 0.5) != look) {
    discard;
  }
  vec4 place = texelFetch(places, pixel, 0);
  vec2 here = flat_of(pixel, place.w);
  vec2 source = own.xy;
  float tolerance = fact(look, 1).w;
  float wide = facts_of.y;
  for (int level = 0; level < LEVELS; level++, wide *= 0.5) {
    vec3 seed = nearest_seed(place.xyz / wide, level) * wide;
    vec4 clip = projected(seen_from_camera(number, seed));
    if (clip.w <= 0.0) {
      continue;
    }
    ivec2 there = ivec2(floor((0.5 * clip.xy / clip.w + 0.5) * vec2(size)));
    if (any(lessThan(there, ivec2(0))) || any(greaterThanEqual(there, size))) {
      continue;
    }
    vec4 other = texelFetch(guides, there, 0);
    vec4 found = texelFetch(places, there, 0);
    if (int(other.w + 0.5) != number || distance(found.xyz, seed) > wide) {
      continue;
    }
    vec2 candidate = other.xy + (here - flat_of(there, found.w)) * facts_of.x;
    float far = dot(candidate, candidate);
    if (far > RIM * RIM) {
      continue;
    }
    if (distance(vec3(candidate, sqrt(1.0 - far)), own.xyz) < tolerance) {
      source = candidate;
      break;
    }
  }
  source *= min(1.0, RIM / max(length(source), 1e-6));
  vec4 ball = fact(look, 0);
  float pixel_wide = abs(flat_of(pixel + 1, place.w).x - here.x) * facts_of.x;
  float texels = pixel_wide * ball.z * float(textureSize(painting, 0).x);
  vec4 paint = painted_at((ball.xy + ball.zw * source) * vec2(textureSize(painting, 0)), texels);
  float alpha = clamp(paint.a, 0.0, 1.0);
  vec3 straight = paint.rgb / max(alpha, 1e-4);
  color = vec4(overlay_of(straight.r), overlay_of(straight.g), overlay_of(straight.b), 1.0) * alpha;
  vec4 clip = projected(vec3(here, place.w * 0.9995));
  gl_FragDepth = clamp(0.5 * clip.z / clip.w + 0.5, 0.0, 1.0);
}
"""


def guides_shader() -> Any:
    """Draws ``pos`` and ``normal`` of an object's triangles into two textures of floats.

    guide: which way the pixel faces on the painted ball, and the object's row of facts; where: its place in
    the object, and how far along z it is seen from the camera.
    """
    info = gpu.types.GPUShaderCreateInfo()
    passed = gpu.types.GPUStageInterfaceInfo("nst_sphere_guides")
    for name in ("place", "seen", "turned"):
        passed.smooth("VEC3", name)
    info.push_constant("INT", "number")
    info.sampler(0, "FLOAT_2D", "facts")
    info.vertex_in(0, "VEC3", "pos")
    info.vertex_in(1, "VEC3", "normal")
    info.vertex_out(passed)
    info.fragment_out(0, "VEC4", "guide")
    info.fragment_out(1, "VEC4", "where")
    info.vertex_source(_COMMON + _GUIDES_VERTEX)
    info.fragment_source(_COMMON + _GUIDES_FRAGMENT)
    return gpu.shader.create_from_info(info)


def blit_shader() -> Any:
    """Paints the pixels of one look, whose row of facts is ``look``, over what is there."""
    info = gpu.types.GPUShaderCreateInfo()
    passed = gpu.types.GPUStageInterfaceInfo("nst_sphere_blit")
    passed.smooth("VEC2", "screen")
    info.push_constant("INT", "look")
    for slot, name in enumerate(("facts", "guides", "places", "painting")):
        info.sampler(slot, "FLOAT_2D", name)
    info.vertex_in(0, "VEC2", "pos")
    info.vertex_out(passed)
    info.fragment_out(0, "VEC4", "color")
    info.depth_write("ANY")
    info.define("RIM", str(RIM))
    info.define("LEVELS", str(LEVELS))
    info.define("MOST_TAPS", str(MOST_TAPS))
    info.vertex_source(_BLIT_VERTEX)
    info.fragment_source(_COMMON + _BLIT_FRAGMENT)
    return gpu.shader.create_from_info(info)
