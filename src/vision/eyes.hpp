#pragma once
// The door of the room: shows photos to every task, and keeps what they found.

#include <array>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/embedded.hpp"
#include "core/metrics.hpp"
#include "core/result.hpp"
#include "photo/picture.hpp"
#include "vision/findings.hpp"

namespace vitrine::store {
class Database;
struct Migrations;
}  // namespace vitrine::store

namespace vitrine::vision {

struct EyesOptions {
    std::filesystem::path models;    // the pack; empty: no model is loaded, and tasks that need one are not ready
    std::filesystem::path cache;     // compiled blobs
    std::int64_t threads = 2;        // of inference
    std::string precision = "auto";  // auto, f32, bf16
};

// What one part of the pack can do now, for /ready, `models list` and `doctor`.
struct Part {
    std::string task;
    bool ready = false;
    std::string problem;  // in words, with the fix; what is ready may have one too: it works, but not as well as it could
};

// One resident runtime. Any thread; scarce models are leased inside, waiting callers are bounded (vision.busy, Kind::limit).
// Until loading is over, about a second from a warm cache, every call but loaded() waits for it.
class Eyes {
public:
    // Returns at once, while every model is loaded and warmed in parallel. A missing or damaged part leaves its tasks not
    // ready; the others work. What is ended while it still loads waits for that.
    // `heads` are the trained heads (models/heads/*.onnx and .json); their bytes outlive the Eyes.
    static std::unique_ptr<Eyes> open(const EyesOptions&, std::span<const EmbeddedFile> heads, Metrics&);
    virtual ~Eyes() = default;

    // Everything about one decoded photo, nothing stored.
    virtual Result<Findings> look(const photo::Decoded&) = 0;
    // The same, but what was found before (same photo, task and version) is read from the store and what is new is
    // kept there.
    virtual Result<Findings> look(const photo::Decoded&, const WorkspaceId&, const photo::PhotoId&, store::Database&) = 0;

    // Only these tasks (and what they need of each other), nothing stored: for evaluations.
    virtual Result<Findings> look_only(const photo::Decoded&, std::span<const std::string_view> tasks) = 0;

    // What a photo looks like, or the part of it that is cut out (x, y, w, h in parts of the photo, 0..1): one inference, and
    // nothing else. To be compared with vectors of the same versions()["embedding"].
    // Errors: vision.busy, vision.failed, those of a part of the pack that is not ready.
    virtual Result<Embedding> embed(const photo::Decoded&, const std::optional<std::array<double, 4>>& part) = 0;

    // Of the head that answers for this kind ("clothing" or "grocery"): its classes, and the probability below which it
    // is not sure. Empty and 0 when it is not loaded.
    virtual std::vector<std::string> labels(std::string_view kind) const = 0;
    virtual double threshold(std::string_view kind) const = 0;

    virtual bool loaded() const = 0;  // whether loading is over, well or not
    virtual std::vector<Part> parts() const = 0;
    // Of every task that is ready. What was found with another version is looked for again.
    virtual std::map<std::string, std::string> versions() const = 0;
    virtual bool ready() const = 0;  // every default task can run
};

store::Migrations migrations();

}  // namespace vitrine::vision
