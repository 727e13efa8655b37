#pragma once
// The model pack as this program uses it: where it is, and the trained heads compiled in beside it.

#include <memory>
#include <span>

#include "app/settings.hpp"
#include "core/embedded.hpp"
#include "core/metrics.hpp"
#include "vision/eyes.hpp"

namespace vitrine::app {

// models/heads/*.onnx and .json of the repository.
std::span<const EmbeddedFile> trained_heads();

// Without models every task is not ready, and says so.
std::unique_ptr<vision::Eyes> open_eyes(const Settings&, bool with_models, Metrics&);

}  // namespace vitrine::app
