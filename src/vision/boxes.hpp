#pragma once
// Boxes that networks propose, and which of them to keep.

#include <vector>

#include "photo/picture.hpp"
#include "vision/findings.hpp"

namespace vitrine::vision {

struct Candidate {
    double score = 0;
    int label = 0;
    double left = 0, top = 0, right = 0, bottom = 0;
};

// Intersection over union.
double overlap(const Candidate&, const Candidate&);

// Best first: keeps a candidate unless one with the same label that was kept overlaps it by more than `overlap_max`.
std::vector<Candidate> keep_best(std::vector<Candidate>, double overlap_max);
// The same, but what is dropped pulls the kept box towards itself by its score: steadier boxes, as MediaPipe does it.
std::vector<Candidate> merge_close(std::vector<Candidate>, double overlap_max);

// The whole picture, shrunk or grown to fit into a square with its aspect kept; the rest is black.
struct Fitted {
    photo::Picture square;
    double scale = 1;       // square pixels a picture pixel
    int left = 0, top = 0;  // where the picture begins inside the square
};
Fitted fit_square(const photo::Picture&, int side);

// From the square of a working picture to pixels of the upright original, cut at its borders.
Candidate in_original(Candidate, const Fitted&, const photo::Decoded&);

// [x, y, w, h], to a tenth of a pixel.
Box box_of(const Candidate&);

}  // namespace vitrine::vision
