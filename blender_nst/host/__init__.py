"""bpy in and out: meshes, images and materials. Main thread only."""
