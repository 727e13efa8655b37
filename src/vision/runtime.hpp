#pragma once
// The engine under every task: a model file becomes a compiled model once, and the right to run it is leased.
// OpenVINO stays inside; callers see shapes and floats.
//
//   auto model = TRY(runtime.load(file, {.name = "objects"}));
//   auto lease = TRY(model.lease());                      // waits for its turn
//   fill(lease.input({1, 3, 416, 416}));                  // the model's own memory: nothing is copied
//   TRY(lease.infer());
//   Floats scores = lease.output("scores");               // valid until this lease infers again or ends

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/metrics.hpp"
#include "core/result.hpp"

namespace vitrine::vision {

using Shape = std::vector<std::int64_t>;

// Floats with a shape, by reference.
struct Floats {
    Shape shape;
    std::span<const float> values;
};

struct RuntimeOptions {
    std::filesystem::path cache{};   // folder of compiled blobs, created when missing; empty: nothing is cached
    std::int64_t threads = 2;        // of one inference
    std::string precision = "auto";  // auto: bf16 where the processor multiplies it natively, else f32
    std::int64_t waiting_max = 64;   // callers that may wait for one model; one more is vision.busy
};

struct LoadOptions {
    std::string name{};                           // in metrics, log lines and errors: "text.detect"
    std::vector<Shape> inputs{};                  // one a model input, -1 where it varies; empty: as the file says
    std::int64_t leases = 1;                      // how many may infer at once; each further one costs its working memory
    std::int64_t threads = 0;                     // 0: the runtime's
    std::map<std::string, std::string> sha256{};  // by file name, checked when the file is read (not when the cache has it)
    bool full_precision = false;                  // f32 whatever the processor has: heads, whose confidences are calibrated
};

// The right to run one model once or several times in a row. Belongs to one thread; given back when it ends.
class Lease {
public:
    Lease(Lease&&) noexcept;
    Lease& operator=(Lease&&) noexcept;
    ~Lease();

    // The input's memory, to be written before infer(). The shape must fit the loaded one; a model without varying
    // sides may leave it out.
    std::span<float> input(std::size_t index = 0);
    std::span<float> input(const Shape&, std::size_t index = 0);
    // Errors: vision.failed.
    Result<void> infer();
    Floats output(std::size_t index = 0) const;
    Floats output(std::string_view name) const;  // of an output the model has

private:
    friend class Model;
    struct Request;
    explicit Lease(std::unique_ptr<Request>);
    std::unique_ptr<Request> request_;
};

// One compiled model, resident as long as a copy of this handle lives. Any thread.
class Model {
public:
    struct Compiled;
    explicit Model(std::shared_ptr<Compiled>);

    // Waits until the model is free. Errors: vision.busy, when too many wait already.
    Result<Lease> lease() const;
    // Runs once on zeros, so that the first photo does not pay for what is set up late. `inputs` are needed where
    // sides vary. Errors: those of lease and infer.
    Result<void> warm(std::span<const Shape> inputs = {}) const;

    const std::string& name() const;
    std::vector<Shape> input_shapes() const;        // -1 where a side varies
    std::vector<std::string> input_names() const;   // in order; one without a name is ""
    std::vector<std::string> output_names() const;  // in order; one without a name is ""

private:
    std::shared_ptr<Compiled> compiled_;
};

// Owns the engine and its plugin. Models may outlive it. Any thread; loading several models at once is faster.
class Runtime {
public:
    Runtime(const RuntimeOptions&, Metrics&);
    ~Runtime();

    // From a file: OpenVINO IR (.xml with .bin beside it), ONNX or TensorFlow Lite. A blob compiled before from the same
    // file with the same options on the same processor is taken from the cache.
    // Errors: vision.model_missing, vision.model_damaged.
    Result<Model> load(const std::filesystem::path& file, const LoadOptions&);
    // From the bytes of an ONNX file, which are not kept.
    Result<Model> load_bytes(std::string_view onnx, const LoadOptions&);

    std::string precision() const;  // "bf16" or "f32": what "auto" came to

private:
    struct Engine;
    std::unique_ptr<Engine> engine_;
};

}  // namespace vitrine::vision
