"""The engine seen from Blender: its process, its client, its installation. No bpy in here."""
