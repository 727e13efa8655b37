#pragma once
// What a shop may refuse a photo for: nudity, faces, people.

#include <memory>

#include "vision/boxes.hpp"
#include "vision/runtime.hpp"
#include "vision/task.hpp"

namespace vitrine::vision {

struct ModerationModels {
    Model open_nsfw;   // [1, 224, 224, 3]
    Model face_short;  // faces near the camera
    Model face_full;   // and further away
    Model pose;        // people, by hip and height
};

// Warms the models. Errors: those of Model::warm.
Result<std::unique_ptr<Task>> make_moderation(ModerationModels, std::string version);

// 0..1, as Yahoo's open_nsfw means it: a score, not a probability. Errors: vision.busy, vision.failed.
Result<double> nudity(const Model& open_nsfw, const photo::Picture&);
// By both face models: what one is sure of, or both see.
Result<std::vector<Face>> faces(const Model& face_short, const Model& face_full, const photo::Decoded&);
// A box around the whole body, as far as it is in the picture: what the pose model is sure of, or what holds a face.
Result<std::vector<Face>> people(const Model& pose, const photo::Decoded&, const std::vector<Face>& faces);

}  // namespace vitrine::vision
