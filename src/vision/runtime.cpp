#include "vision/runtime.hpp"

#include <sys/mman.h>

#include <cassert>
#include <condition_variable>
#include <fstream>
#include <list>
#include <mutex>
#include <openvino/openvino.hpp>

#include "core/id.hpp"
#include "core/log.hpp"
#include "vision/pack_disk.hpp"

namespace vitrine::vision {

// --- lease ---------------------------------------------------------------------------------------------------------

struct Model::Compiled {
    std::string name;
    ov::Tensor blob;  // the cached file, mapped, which the model reads from; empty without a cache
    ov::CompiledModel model;
    prometheus::Histogram* seconds = nullptr;
    std::int64_t waiting_max = 0;

    std::mutex mutex;
    std::condition_variable returned;
    std::vector<ov::InferRequest> free;
    std::int64_t waiting = 0;

    // The first inference packs the weights for this processor; what it read them from is hardly read again, and comes
    // back from the file when it is.
    void forget_read_pages() const {
        if (blob) ::madvise(const_cast<void*>(blob.data()), blob.get_byte_size(), MADV_DONTNEED);
    }
};

struct Lease::Request {
    std::shared_ptr<Model::Compiled> compiled;
    ov::InferRequest infer;

    ~Request() {
        {
            std::scoped_lock lock(compiled->mutex);
            compiled->free.push_back(std::move(infer));
        }
        compiled->returned.notify_one();
    }
};

namespace {

Shape plain(const ov::PartialShape& from) {
    Shape shape;
    for (const auto& side : from) shape.push_back(side.is_static() ? side.get_length() : -1);
    return shape;
}

Floats view(const ov::Tensor& tensor) {
    const ov::Shape shape = tensor.get_shape();
    return {Shape(shape.begin(), shape.end()), {tensor.data<const float>(), tensor.get_size()}};
}

std::vector<std::string> names_of(const std::vector<ov::Output<const ov::Node>>& ports) {
    std::vector<std::string> names;
    for (const auto& port : ports) names.push_back(port.get_names().empty() ? "" : port.get_any_name());
    return names;
}

}  // namespace

Lease::Lease(std::unique_ptr<Request> request) : request_(std::move(request)) {}
Lease::Lease(Lease&&) noexcept = default;
Lease& Lease::operator=(Lease&&) noexcept = default;
Lease::~Lease() = default;

std::span<float> Lease::input(std::size_t index) {
    auto tensor = request_->infer.get_input_tensor(index);
    return {tensor.data<float>(), tensor.get_size()};
}

std::span<float> Lease::input(const Shape& shape, std::size_t index) {
    auto tensor = request_->infer.get_input_tensor(index);
    ov::Shape wanted(shape.begin(), shape.end());
    if (tensor.get_shape() != wanted) tensor.set_shape(wanted);
    return {tensor.data<float>(), tensor.get_size()};
}

Result<void> Lease::infer() {
    auto start = std::chrono::steady_clock::now();
    try {
        request_->infer.infer();
    } catch (const std::exception& failure) {
        log::error("vision.failed", {{"model", request_->compiled->name}, {"reason", std::string(failure.what())}});
        return Error{Kind::internal, "vision.failed",
                     fmt::format("The model {} failed on this photo; the log has the reason.", request_->compiled->name)};
    }
    request_->compiled->seconds->Observe(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    return {};
}

Floats Lease::output(std::size_t index) const {
    return view(request_->infer.get_output_tensor(index));
}
Floats Lease::output(std::string_view name) const {
    return view(request_->infer.get_tensor(std::string(name)));
}

// --- model ---------------------------------------------------------------------------------------------------------

Model::Model(std::shared_ptr<Compiled> compiled) : compiled_(std::move(compiled)) {}

Result<Lease> Model::lease() const {
    auto& compiled = *compiled_;
    std::unique_lock lock(compiled.mutex);
    if (compiled.free.empty() && compiled.waiting >= compiled.waiting_max)
        return Error{Kind::limit, "vision.busy",
                     fmt::format("{} photos wait for the model {} already; try again in a few seconds.", compiled.waiting, compiled.name)};
    ++compiled.waiting;
    compiled.returned.wait(lock, [&] { return !compiled.free.empty(); });
    --compiled.waiting;
    auto infer = std::move(compiled.free.back());
    compiled.free.pop_back();
    return Lease(std::make_unique<Lease::Request>(compiled_, std::move(infer)));
}

Result<void> Model::warm(std::span<const Shape> inputs) const {
    auto turn = TRY(lease());
    for (std::size_t index = 0; index < compiled_->model.inputs().size(); ++index) {
        auto memory = index < inputs.size() ? turn.input(inputs[index], index) : turn.input(index);
        std::ranges::fill(memory, 0.0f);
    }
    TRY(turn.infer());
    compiled_->forget_read_pages();
    return {};
}

const std::string& Model::name() const {
    return compiled_->name;
}

std::vector<Shape> Model::input_shapes() const {
    std::vector<Shape> shapes;
    for (const auto& input : compiled_->model.inputs()) shapes.push_back(plain(input.get_partial_shape()));
    return shapes;
}

std::vector<std::string> Model::input_names() const {
    return names_of(compiled_->model.inputs());
}
std::vector<std::string> Model::output_names() const {
    return names_of(compiled_->model.outputs());
}

// --- runtime -------------------------------------------------------------------------------------------------------

struct Runtime::Engine {
    Engine(const RuntimeOptions& options, Metrics& metrics) : options(options), metrics(metrics) {}

    RuntimeOptions options;
    Metrics& metrics;
    ov::Core core;
    ov::element::Type precision = ov::element::f32;
    std::string processor;  // what a blob depends on besides the model: the engine's build and the processor

    ov::AnyMap properties(const LoadOptions&) const;
    std::filesystem::path blob(const std::string& origin, const LoadOptions&) const;
    struct Imported {
        ov::Tensor blob;
        ov::CompiledModel model;
    };
    std::optional<Imported> from_cache(const std::filesystem::path& blob, const ov::AnyMap&);
    void keep(ov::CompiledModel&, const std::filesystem::path& blob) const;
    // `read` is called only when the cache has no blob for `origin`.
    Result<Model> load(const std::string& origin, const LoadOptions&, const std::function<std::shared_ptr<ov::Model>()>& read);
};

namespace {

// Name, size and time stand for the content: the pack is only ever replaced as a whole, by renaming.
std::string stamp(const std::filesystem::path& file) {
    std::string text;
    auto weights = file;
    for (const auto& part : {file, weights.replace_extension(".bin")}) {
        std::error_code error;
        auto size = std::filesystem::file_size(part, error);
        if (error) continue;
        auto time = std::filesystem::last_write_time(part, error).time_since_epoch().count();
        text += fmt::format("{} {} {};", part.filename().string(), size, time);
    }
    return text;
}

// A blob nobody loaded for a month belongs to a pack or an option that is gone.
void remove_unused(const std::filesystem::path& cache) {
    auto month_ago = std::filesystem::file_time_type::clock::now() - std::chrono::hours{24 * 30};
    for (const auto& entry : std::filesystem::directory_iterator(cache))
        if (entry.path().extension() == ".blob" && entry.last_write_time() < month_ago) {
            std::error_code ignored;
            std::filesystem::remove(entry.path(), ignored);
        }
}

}  // namespace

ov::AnyMap Runtime::Engine::properties(const LoadOptions& load) const {
    auto threads = load.threads > 0 ? load.threads : options.threads;
    return {
        ov::hint::inference_precision(load.full_precision ? ov::element::Type(ov::element::f32) : precision),
        ov::hint::performance_mode(ov::hint::PerformanceMode::LATENCY),
        ov::num_streams(ov::streams::Num(static_cast<int>(load.leases))),
        ov::inference_num_threads(static_cast<int>(threads * load.leases)),
        // What the CPU plugin keeps of each operation it has set up for a shape of input; 5,000 unless told, which costs 17 MB
        // more after fifty photos and saves nothing (docs/decisions/0004). The plugin's own key: no header names it.
        {"CPU_RUNTIME_CACHE_CAPACITY", 200},
        ov::hint::enable_cpu_pinning(false),  // several models share the same few cores
    };
}

std::filesystem::path Runtime::Engine::blob(const std::string& origin, const LoadOptions& load) const {
    if (options.cache.empty()) return {};
    std::string key = origin + processor + (load.full_precision ? "f32" : precision.get_type_name());
    for (const auto& shape : load.inputs) key += fmt::format("[{}]", fmt::join(shape, ","));
    key += fmt::format("{} {}", load.leases, load.threads > 0 ? load.threads : options.threads);
    return options.cache / fmt::format("{}-{}.blob", load.name, sha256_of_bytes(key).substr(0, 16));
}

std::optional<Runtime::Engine::Imported> Runtime::Engine::from_cache(const std::filesystem::path& blob, const ov::AnyMap& properties) {
    std::error_code error;
    if (!std::filesystem::is_regular_file(blob, error)) return std::nullopt;
    try {
        auto mapped = ov::read_tensor_data(blob);
        auto model = core.import_model(mapped, "CPU", properties);
        std::filesystem::last_write_time(blob, std::filesystem::file_time_type::clock::now(), error);  // in use
        return Imported{mapped, model};
    } catch (const std::exception& failure) {  // another build's, or damaged: compiled anew and replaced
        log::warn("vision.cache_refused", {{"blob", blob.string()}, {"reason", std::string(failure.what())}});
        return std::nullopt;
    }
}

// A cache that cannot be written costs time at the next start and nothing else.
void Runtime::Engine::keep(ov::CompiledModel& model, const std::filesystem::path& blob) const {
    auto unfinished = blob;
    unfinished += fmt::format(".{}", to_string(make_uuid_v7()));
    try {
        std::filesystem::create_directories(options.cache);
        {
            std::ofstream file(unfinished, std::ios::binary);
            model.export_model(file);
            file.close();
            if (!file) throw std::runtime_error("could not be written in full");
        }
        std::filesystem::rename(unfinished, blob);
        remove_unused(options.cache);
    } catch (const std::exception& failure) {
        std::error_code ignored;
        std::filesystem::remove(unfinished, ignored);
        log::warn("vision.cache_not_kept", {{"blob", blob.string()}, {"reason", std::string(failure.what())}});
    }
}

Result<Model> Runtime::Engine::load(const std::string& origin, const LoadOptions& load,
                                    const std::function<std::shared_ptr<ov::Model>()>& read) {
    auto wanted = properties(load);
    auto kept = blob(origin, load);
    auto compiled = std::make_shared<Model::Compiled>();
    compiled->name = load.name;
    compiled->waiting_max = options.waiting_max;
    try {
        std::optional<Imported> imported;
        if (!kept.empty()) imported = from_cache(kept, wanted);
        if (!imported) {
            auto network = read();
            if (!load.inputs.empty()) {
                std::map<std::size_t, ov::PartialShape> shapes;
                for (std::size_t index = 0; index < load.inputs.size(); ++index) {
                    std::vector<ov::Dimension> sides(load.inputs[index].begin(), load.inputs[index].end());
                    shapes[index] = ov::PartialShape(sides);
                }
                network->reshape(shapes);
            }
            imported = {{}, core.compile_model(network, "CPU", wanted)};
            if (!kept.empty()) keep(imported->model, kept);
        }
        compiled->blob = imported->blob;
        compiled->model = imported->model;
        for (std::int64_t lease = 0; lease < load.leases; ++lease) compiled->free.push_back(compiled->model.create_infer_request());
    } catch (const std::exception& failure) {
        log::error("vision.model_damaged", {{"model", load.name}, {"reason", std::string(failure.what())}});
        return Error{
            Kind::corrupt, "vision.model_damaged",
            fmt::format("The model {} cannot be loaded: its file is damaged or of another version. Run `vitrine models pull`.", load.name)};
    }
    compiled->seconds = &metrics.seconds("vitrine_model_seconds", "Time of one inference", {{"model", load.name}});
    return Model(std::move(compiled));
}

Runtime::Runtime(const RuntimeOptions& options, Metrics& metrics) : engine_(std::make_unique<Engine>(options, metrics)) {
    auto capabilities = engine_->core.get_property("CPU", ov::device::capabilities);
    bool has_bf16 = std::ranges::find(capabilities, ov::device::capability::BF16) != capabilities.end();
    engine_->precision = options.precision != "f32" && has_bf16 ? ov::element::bf16 : ov::element::f32;
    if (options.precision == "bf16" && !has_bf16) log::warn("vision.precision", {{"asked", options.precision}, {"given", precision()}});
    engine_->processor = fmt::format("{} {} {}", ov::get_openvino_version().buildNumber,
                                     engine_->core.get_property("CPU", ov::device::full_name), fmt::join(capabilities, " "));
}

Runtime::~Runtime() = default;

std::string Runtime::precision() const {
    return engine_->precision == ov::element::bf16 ? "bf16" : "f32";
}

Result<Model> Runtime::load(const std::filesystem::path& file, const LoadOptions& options) {
    std::error_code error;
    if (!std::filesystem::is_regular_file(file, error))
        return Error{Kind::unavailable, "vision.model_missing",
                     fmt::format("The model {} is not there. Run `vitrine models pull`.", options.name), file.string()};
    return engine_->load(stamp(file), options, [&] {
        for (const auto& [name, wanted] : options.sha256)
            if (auto hash = sha256_of(file.parent_path() / name); !hash || *hash != wanted)
                throw std::runtime_error(name + " does not have the SHA-256 of the manifest");
        return engine_->core.read_model(file.string());
    });
}

Result<Model> Runtime::load_bytes(std::string_view onnx, const LoadOptions& options) {
    return engine_->load(sha256_of_bytes(onnx), options, [&] { return engine_->core.read_model(std::string(onnx), ov::Tensor()); });
}

}  // namespace vitrine::vision
