"""OpenCV, or the error that an artist understands: importing this raises JobError ("library_missing")."""

from ..libraries import library

cv2 = library(
    "cv2",
    "opencv-python-headless",
    "Install it, for pictures of spheres to be understood.",
)
