"""What moves where between the frames of an animation, and carrying paint along."""
