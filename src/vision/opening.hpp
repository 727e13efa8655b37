#pragma once
// What a task needs to come up: the runtime, the pack's files, the trained heads, and the backbone that two tasks share.

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>

#include "core/embedded.hpp"
#include "core/metrics.hpp"
#include "core/result.hpp"
#include "vision/backbone.hpp"
#include "vision/kinds.hpp"
#include "vision/manifest.hpp"
#include "vision/runtime.hpp"

namespace vitrine::vision {

// A file of the pack, as the manifest has it.
struct PackedModel {
    std::filesystem::path file;
    std::string version;                        // with that of its preprocessing
    std::map<std::string, std::string> sha256;  // of each of its files, for LoadOptions
};

// Lives while Eyes opens. Any thread: tasks come up side by side.
class Opening {
public:
    // Without a folder there is no runtime, and every model is missing.
    Opening(const std::filesystem::path& models, const RuntimeOptions&, std::span<const EmbeddedFile> heads, Metrics&);

    // Errors: vision.without_models, vision.pack_missing, vision.pack_manifest, vision.model_missing, vision.model_damaged.
    Result<PackedModel> packed(std::string_view name) const;
    // Loads a packed model. Errors: those of packed and of Runtime::load.
    Result<Model> load(std::string_view name, LoadOptions) const;

    // Loaded by the first that asks. Errors: those of load.
    Result<std::shared_ptr<const Backbone>> backbone();
    Result<std::shared_ptr<const KindHeads>> heads();

    // Of all inference together. A loaded model gets half of them unless its options say otherwise, because two lanes of
    // tasks run side by side.
    std::int64_t threads() const { return threads_; }
    Runtime& runtime() const { return *runtime_; }
    std::unique_ptr<Runtime> take_runtime() { return std::move(runtime_); }
    Metrics& metrics() const { return metrics_; }

private:
    Result<std::shared_ptr<const Backbone>> open_backbone() const;
    Result<std::shared_ptr<const KindHeads>> open_heads() const;

    std::filesystem::path folder_;
    Result<Manifest> manifest_;
    std::int64_t threads_;
    std::unique_ptr<Runtime> runtime_;
    std::span<const EmbeddedFile> files_;
    Metrics& metrics_;

    std::mutex backbone_mutex_, heads_mutex_;
    std::optional<Result<std::shared_ptr<const Backbone>>> backbone_;
    std::optional<Result<std::shared_ptr<const KindHeads>>> heads_;
};

}  // namespace vitrine::vision
