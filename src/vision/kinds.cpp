#include "vision/kinds.hpp"

#include "vision/seen.hpp"

namespace vitrine::vision {
namespace {

constexpr std::size_t imagenet_classes = 1000;

// The network's own classes, averaged over the views that were run.
std::vector<Guess> imagenet(const Features& features) {
    static const auto names = [] {
        std::vector<std::string> numbers;
        for (std::size_t i = 0; i < imagenet_classes; ++i) numbers.push_back(std::to_string(i));
        return numbers;
    }();
    std::vector<double> mean(imagenet_classes, 0);
    const auto run = static_cast<double>(std::ranges::count_if(features, [](const ViewFeatures& view) { return !view.logits.empty(); }));
    for (const auto& view : features) {
        const auto shares = softmax(view.logits);
        for (std::size_t i = 0; i < shares.size(); ++i) mean[i] += shares[i] / run;
    }
    return choose(mean, names, 1).top;
}

class EmbeddingTask final : public Task {
public:
    explicit EmbeddingTask(std::shared_ptr<const Backbone> backbone) : backbone_(std::move(backbone)) {}
    std::string_view name() const override { return "embedding"; }
    std::string version() const override { return backbone_->version() + "/1"; }
    Result<json::Value> run(const photo::Decoded& photo, const Seen& seen) override {
        const auto features = TRY(seen.features(*backbone_, photo));
        return json::write(Embedding{normalised((*features)[0].embedding)});
    }

private:
    std::shared_ptr<const Backbone> backbone_;
};

class KindsTask final : public Task {
public:
    KindsTask(std::shared_ptr<const Backbone> backbone, std::shared_ptr<const KindHeads> heads)
        : backbone_(std::move(backbone)), heads_(std::move(heads)) {}
    std::string_view name() const override { return "kinds"; }
    std::string version() const override {
        std::string version = backbone_->version() + "/1";
        for (const auto* head : {&heads_->kind, &heads_->clothing, &heads_->grocery})
            version += fmt::format(" {}-{}", head->card().name, head->card().sha256.substr(0, 8));
        return version;
    }
    Result<json::Value> run(const photo::Decoded& photo, const Seen& seen) override {
        const auto features = TRY(seen.features(*backbone_, photo));
        auto kinds = decide({heads_->kind.card(), TRY(heads_->kind.probabilities(*features))},
                            {heads_->clothing.card(), TRY(heads_->clothing.probabilities(*features))},
                            {heads_->grocery.card(), TRY(heads_->grocery.probabilities(*features))});
        kinds.imagenet = imagenet(*features);
        return json::write(kinds);
    }

private:
    std::shared_ptr<const Backbone> backbone_;
    std::shared_ptr<const KindHeads> heads_;
};

}  // namespace

Kinds decide(const Scored& kind, const Scored& clothing, const Scored& grocery) {
    Kinds kinds;
    kinds.kind = choose(kind.probabilities, kind.card.labels, 0);
    const auto likelier = std::ranges::find_if(kinds.kind.top, [](const Guess& guess) { return guess.name != "other"; });
    kinds.kind.value = likelier != kinds.kind.top.end() && likelier->p >= kind.card.threshold ? likelier->name : "other";
    kinds.category = choose(clothing.probabilities, clothing.card.labels, clothing.card.threshold);
    kinds.product = choose(grocery.probabilities, grocery.card.labels, grocery.card.threshold);
    if (kinds.kind.value != "clothing") kinds.category.value.reset();
    if (kinds.kind.value != "grocery") kinds.product.value.reset();
    return kinds;
}

std::unique_ptr<Task> make_embedding(std::shared_ptr<const Backbone> backbone) {
    return std::make_unique<EmbeddingTask>(std::move(backbone));
}
std::unique_ptr<Task> make_kinds(std::shared_ptr<const Backbone> backbone, std::shared_ptr<const KindHeads> heads) {
    return std::make_unique<KindsTask>(std::move(backbone), std::move(heads));
}

}  // namespace vitrine::vision
