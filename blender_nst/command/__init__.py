"""The shell command: ``blender -b SCENE.blend --command nst ...`` and ``nst-blender SCENE.blend ...``."""
