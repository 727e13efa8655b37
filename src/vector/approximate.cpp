#include "vector/approximate.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "vector/matching.hpp"
#include "vector/rerank.hpp"
#include "vector/threshold.hpp"

namespace vitrine::vector {
namespace {

struct Coded {
    float score = 0;
    std::uint32_t cluster = 0;
    std::uint32_t row = 0;
};

// The `count` best of what came by.
class Best {
public:
    explicit Best(std::size_t count) : count_(count) { coded_.reserve(4 * count); }

    float least() const { return least_; }
    void add(const Coded& one) {
        coded_.push_back(one);
        if (coded_.size() == 4 * count_) squeeze();
    }
    // In the order they lie in, which memory likes.
    std::span<const Coded> take() {
        squeeze();
        std::sort(coded_.begin(), coded_.end(),
                  [](const Coded& a, const Coded& b) { return a.cluster < b.cluster || (a.cluster == b.cluster && a.row < b.row); });
        return coded_;
    }

private:
    void squeeze() {
        if (coded_.size() <= count_) return;
        std::nth_element(coded_.begin(), coded_.begin() + static_cast<std::ptrdiff_t>(count_) - 1, coded_.end(),
                         [](const Coded& a, const Coded& b) { return a.score > b.score; });
        coded_.resize(count_);
        least_ = coded_.back().score;
    }

    std::size_t count_;
    std::vector<Coded> coded_;
    float least_ = -std::numeric_limits<float>::infinity();
};

// The coded rows again by their bytes: those that may be among the k best.
std::vector<Candidate> by_bytes(const View& view, std::span<const Coded> coded, const QuantisedQuery& query, std::size_t k,
                                const Kernels& kernels) {
    constexpr std::size_t ahead = 4;
    const std::size_t width = padded(view.shape.width);
    const auto ask_for = [&](const Coded& one) {
        const Block& block = *(*view.blocks)[one.cluster].block;
        block.ask_for(one.row);
    };
    for (std::size_t i = 0; i < std::min(ahead, coded.size()); ++i) ask_for(coded[i]);
    const Slack slack(query);
    Threshold threshold(k);
    std::vector<Candidate> found;
    found.reserve(coded.size());
    for (std::size_t i = 0; i < coded.size(); ++i) {
        if (i + ahead < coded.size()) ask_for(coded[i + ahead]);
        const Block& block = *(*view.blocks)[coded[i].cluster].block;
        std::int32_t sum = 0;
        kernels.score_rows(block.levels(coded[i].row), 1, width, query.levels.data(), &sum);
        const QuantisedRow& quantised = block.quantised(coded[i].row);
        const float score = static_cast<float>(sum) * (quantised.scale * query.scale);
        const float off = slack.of(quantised);
        if (score + off < threshold.value()) continue;
        threshold.add(score - off);
        found.push_back({score + off, block.key(coded[i].row), block.slot(coded[i].row)});
    }
    std::erase_if(found, [&](const Candidate& one) { return one.at_most < threshold.value(); });
    return found;
}

// The share of rows that pass, from a few blocks spread over the view.
double share_of_all(const View& view, Matching& matching) {
    constexpr std::size_t blocks = 8;
    std::size_t rows = 0, passed = 0;
    for (std::size_t i = 0; i < blocks; ++i) {
        const auto passes = matching.of((*view.blocks)[i * view.blocks->size() / blocks]);
        rows += passes.size();
        passed += static_cast<std::size_t>(std::count(passes.begin(), passes.end(), 1));
    }
    return static_cast<double>(passed) / static_cast<double>(std::max<std::size_t>(1, rows));
}

// What moves through memory, which is what a search's time goes into; rows that are read here and there cost twice.
struct Cost {
    const View& view;

    double of_scan(const Filter& filter, double share) const {
        return static_cast<double>(view.count) * (8.0 * static_cast<double>(filter.ranges.size() + (filter.among ? 1 : 0)) +
                                                  share * 2 * static_cast<double>(padded(view.shape.width)));
    }
    double of_clusters(const Filter& filter, double clusters) const {
        const auto& model = *view.clusters->model;
        const double rows = static_cast<double>(view.count) / static_cast<double>(model.clusters);
        return clusters * (static_cast<double>(Model::rank * model.dimensions) +
                           rows * (Model::rank + 4 + 8.0 * static_cast<double>(filter.ranges.size() + (filter.among ? 1 : 0))));
    }
};

}  // namespace

CodedQuery::CodedQuery(const Model& model, const QuantisedQuery& query, const Kernels& kernels)
    : model_(model),
      kernels_(kernels),
      projected_(quantise_query(model.project(kernels, query))),
      centres_(model.clusters),
      order_(model.clusters) {
    model.centre_levels.apply(kernels, projected_, 0, centres_);
    std::iota(order_.begin(), order_.end(), 0u);
    nearness_ = centres_;
    for (std::size_t i = 0; i < model.clusters; ++i) nearness_[i] -= model.offsets[i];
}

void CodedQuery::order(std::size_t count) {
    if (count <= ordered_) return;
    // A second time there is no telling how far it will go.
    const std::size_t to = ordered_ == 0 ? std::min(count, order_.size()) : order_.size();
    std::partial_sort(order_.begin() + static_cast<std::ptrdiff_t>(ordered_), order_.begin() + static_cast<std::ptrdiff_t>(to),
                      order_.end(), [&](auto a, auto b) { return nearness_[a] > nearness_[b] || (nearness_[a] == nearness_[b] && a < b); });
    ordered_ = to;
}

std::span<const float> CodedQuery::scores(std::size_t cluster, const BlockInView& part) {
    constexpr std::size_t rank = Model::rank;
    float mapped[rank];
    model_.query_maps.apply(kernels_, projected_, cluster * rank, mapped);
    const float most = largest(mapped);
    std::int8_t levels[rank];
    const float factor = most > 1e-30f ? code_query_max / most : 0;
    for (std::size_t i = 0; i < rank; ++i) levels[i] = static_cast<std::int8_t>(rounded(mapped[i] * factor));
    const float scale = most / code_query_max;

    const std::size_t groups = part.rows / code_group;
    sums_.resize((groups + 1) * code_group);
    kernels_.score_codes(part.block->codes(), groups, rank, levels, sums_.data());
    if (part.rows % code_group > 0) {
        // The writer may be adding rows to the last group, so only those are read that are in this view.
        std::uint8_t last[code_group * rank] = {};
        const std::uint8_t* from = part.block->codes() + groups * code_group * rank;
        for (std::size_t row = 0; row < part.rows % code_group; ++row)
            for (std::size_t number = 0; number < rank; number += 4)
                std::copy_n(from + place_in_codes(row, number, rank), 4, last + place_in_codes(row, number, rank));
        kernels_.score_codes(last, 1, rank, levels, sums_.data() + groups * code_group);
    }
    scores_.resize(part.rows);
    const float* scales = part.block->code_scales();
    const float centre = centres_[cluster];
    const std::int32_t* sums = sums_.data();
    float* scores = scores_.data();
    std::size_t row = 0;
    for (; row < groups * code_group; row += code_group)  // eight at a time, so that the compiler does them at once
        for (std::size_t i = row; i < row + code_group; ++i) scores[i] = centre + static_cast<float>(sums[i]) * (scale * scales[i]);
    for (; row < part.rows; ++row) scores[row] = centre + static_cast<float>(sums[row]) * (scale * scales[row]);
    return scores_;
}

std::optional<Approximation> approximate(const View& view, std::span<const float> query, std::size_t k, const Filter& filter,
                                         const Effort& effort, const Kernels& kernels) {
    const Ladder& ladder = view.clusters->ladder;
    const Model& model = *view.clusters->model;
    const Cost cost{view};
    const bool all_pass = filter.lets_all_through();
    // What was measured is without a filter; with one, the rows that pass may lie in fewer or further places than a share of all does.
    const double more = all_pass ? 1 : 1.5;
    const double times = more * std::max(1.0, static_cast<double>(k) / static_cast<double>(Ladder::k));
    const auto clusters_at = [&](double share) {
        return std::min(static_cast<double>(model.clusters), more * effort.clusters * ladder.broader(static_cast<double>(k) / share));
    };
    if (cost.of_scan(filter, 1) <= cost.of_clusters(filter, clusters_at(1))) return std::nullopt;

    const QuantisedQuery quantised = quantise_query(query.first(view.shape.width));
    CodedQuery coded(model, quantised, kernels);
    Best best(std::max(k, static_cast<std::size_t>(static_cast<double>(effort.reranked) * times)));
    Matching matching(filter);
    Approximation answer;
    std::size_t looked_at = 0;
    double needed = std::ceil(clusters_at(1));
    bool weighed = all_pass;
    // With a filter: the k best so far by their codes, and how many clusters ago one came among them.
    Threshold leading(k);
    std::size_t unchanged = 0;
    for (std::size_t place = 0; place < model.clusters; ++place) {
        if (static_cast<double>(place) >= needed) {
            if (all_pass && answer.matching >= k) break;
            const double share = static_cast<double>(answer.matching) / static_cast<double>(std::max<std::size_t>(1, looked_at));
            const double now_needed = std::ceil(clusters_at(std::max(share, 1e-9)));
            if (!weighed) {
                weighed = true;
                const double of_all = std::max(share, share_of_all(view, matching));
                if (cost.of_scan(filter, of_all) < cost.of_clusters(filter, now_needed)) return std::nullopt;
            }
            if (answer.matching >= k) {
                needed = now_needed;
                if (static_cast<double>(place) >= needed && unchanged > 4 + place / 2) break;
            }
        }
        coded.order(std::max(place + 1, static_cast<std::size_t>(needed)));
        const std::size_t cluster = coded.cluster(place);
        const BlockInView& part = (*view.blocks)[cluster];
        looked_at += part.rows;
        ++unchanged;
        if (part.rows == 0) continue;
        std::span<const std::uint8_t> passes;
        if (all_pass) {
            answer.matching += part.rows;
        } else {
            passes = matching.of(part);
            const auto passed = static_cast<std::size_t>(std::count(passes.begin(), passes.end(), 1));
            answer.matching += passed;
            if (passed == 0) continue;
        }
        const auto scores = coded.scores(cluster, part);
        for (std::size_t row = 0; row < scores.size(); ++row)
            if (scores[row] > best.least() && (all_pass || passes[row])) {
                best.add({scores[row], static_cast<std::uint32_t>(cluster), static_cast<std::uint32_t>(row)});
                if (!all_pass && scores[row] > leading.value()) {
                    leading.add(scores[row]);
                    unchanged = 0;
                }
            }
    }
    answer.hits = rerank(*view.slots, by_bytes(view, best.take(), quantised, k, kernels), query, k, kernels, answer.reranked);
    return answer;
}

}  // namespace vitrine::vector
