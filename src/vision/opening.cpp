#include "vision/opening.hpp"

#include <fmt/format.h>

#include "vision/pack_make.hpp"

namespace vitrine::vision {
namespace {

constexpr std::array head_names{"kind", "clothing_category", "grocery_product"};

}  // namespace

Opening::Opening(const std::filesystem::path& models, const RuntimeOptions& options, std::span<const EmbeddedFile> heads, Metrics& metrics)
    : folder_(models),
      manifest_(models.empty() ? Result<Manifest>(Error{Kind::unavailable, "vision.without_models", "This command runs without models."})
                               : read_manifest(models)),
      threads_(options.threads),
      files_(heads),
      metrics_(metrics) {
    auto of_a_lane = options;
    of_a_lane.threads = std::max<std::int64_t>(1, options.threads / 2);
    if (manifest_) runtime_ = std::make_unique<Runtime>(of_a_lane, metrics);
}

Result<PackedModel> Opening::packed(std::string_view name) const {
    if (!manifest_) return manifest_.error();
    const auto* model = manifest_->find(name);
    if (!model)
        return Error{Kind::unavailable, "vision.model_missing",
                     fmt::format("The model {} is not in the pack. Run `vitrine models pull`.", name), folder_.string()};
    if (auto problem = problem_of(*model, folder_, false); !problem.empty())
        return Error{Kind::corrupt, "vision.model_damaged",
                     fmt::format("The model {} cannot be used: {}. Run `vitrine models pull`.", name, problem), folder_.string()};
    PackedModel packed{folder_ / model->files[0].name, fmt::format("{} {} {}", model->name, model->version, model->preprocessing), {}};
    for (const auto& file : model->files) packed.sha256[file.name] = file.sha256;
    return packed;
}

Result<Model> Opening::load(std::string_view name, LoadOptions options) const {
    auto model = TRY(packed(name));
    options.sha256 = std::move(model.sha256);
    return runtime_->load(model.file, options);
}

Result<std::shared_ptr<const Backbone>> Opening::backbone() {
    std::scoped_lock lock(backbone_mutex_);
    if (!backbone_) backbone_ = open_backbone();
    return *backbone_;
}

Result<std::shared_ptr<const KindHeads>> Opening::heads() {
    std::scoped_lock lock(heads_mutex_);
    if (!heads_) heads_ = open_heads();
    return *heads_;
}

Result<std::shared_ptr<const Backbone>> Opening::open_backbone() const {
    const auto model = TRY(packed("lite2"));
    std::set<View> wanted{View::whole};  // for the embedding
    for (const auto* name : head_names)
        if (auto card = read_head_card(files_, name)) wanted.merge(views_of(*card));
    auto backbone = TRY(Backbone::open(TRY(load("lite2", Backbone::load_options())), model.version, {wanted.begin(), wanted.end()}));
    return std::make_shared<const Backbone>(std::move(backbone));
}

Result<std::shared_ptr<const KindHeads>> Opening::open_heads() const {
    if (!runtime_) return manifest_.error();
    auto kind = TRY(Head::open(*runtime_, files_, head_names[0]));
    auto clothing = TRY(Head::open(*runtime_, files_, head_names[1]));
    auto grocery = TRY(Head::open(*runtime_, files_, head_names[2]));
    return std::make_shared<const KindHeads>(KindHeads{std::move(kind), std::move(clothing), std::move(grocery)});
}

}  // namespace vitrine::vision
