#include "vector/calibrate.hpp"

#include <cmath>
#include <unordered_map>

#include "vector/approximate.hpp"
#include "vector/learn.hpp"
#include "vector/scan.hpp"

namespace vitrine::vector {
namespace {

constexpr std::size_t searches = 200;
constexpr std::size_t clusters_most = 256;  // that a rung looks in; beyond it the last rung looks in all
constexpr double breadth_of = 0.97;

constexpr std::size_t rerank_steps[] = {20, 24, 28, 34, 40, 48, 58, 70, 84, 100, 120, 150, 200, 300, 500, 1000};

// Close at the beginning, wider later.
std::vector<std::size_t> cluster_steps(std::size_t most) {
    std::vector<std::size_t> steps;
    for (std::size_t at = 1; at < most; at += 1 + at / 6) steps.push_back(at);
    steps.push_back(most);
    return steps;
}

// What one search tells: how many of the nearest an effort would have found.
struct Told {
    std::vector<std::size_t> found;                   // step of clusters by step of rerank
    std::array<std::size_t, Ladder::depths> broad{};  // clusters that hold most of the nearest at each depth
    std::size_t nearest = 0;
};

Told search(const View& view, const Model& model, const RowInView& one, std::span<const std::size_t> steps, const Kernels& kernels) {
    const std::span<const float> query{view.slots->row(one.block->slot(one.row)), padded(view.shape.width)};
    const Key self = one.block->key(one.row);
    constexpr std::size_t deepest = Ladder::k << (Ladder::depths - 1);
    auto hits = scan(view, query, deepest + 1, {}, kernels);
    std::erase_if(hits, [&](const Hit& hit) { return hit.key == self; });
    hits.resize(std::min(hits.size(), deepest));
    std::unordered_map<Key, std::size_t> rank_of;
    for (std::size_t i = 0; i < hits.size(); ++i) rank_of[hits[i].key] = i;

    // The clusters in the query's order; of each row its score, of the nearest also where they are.
    CodedQuery coded(model, quantise_query(query.first(view.shape.width)), kernels);
    const std::size_t most = steps.back();
    coded.order(model.clusters);
    std::vector<std::size_t> cluster_of(hits.size(), model.clusters);
    std::vector<float> score_of(hits.size());
    std::vector<std::vector<float>> scores(most);
    for (std::size_t place = 0; place < model.clusters; ++place) {
        const BlockInView& part = (*view.blocks)[coded.cluster(place)];
        std::span<const float> of_part;
        if (place < most) of_part = coded.scores(coded.cluster(place), part);
        for (std::size_t row = 0; row < part.rows; ++row) {
            const Key key = part.block->key(row);
            if (key == self) continue;
            if (place < most) scores[place].push_back(of_part[row]);
            if (const auto there = rank_of.find(key); there != rank_of.end()) {
                cluster_of[there->second] = place;
                if (place < most) score_of[there->second] = of_part[row];
            }
        }
    }
    Told told;
    told.nearest = std::min(hits.size(), Ladder::k);
    told.found.resize(steps.size() * std::size(rerank_steps));
    for (std::size_t i = 0; i < told.nearest; ++i) {
        std::size_t better = 0;  // rows scored higher in the clusters so far
        std::size_t place = 0;
        for (std::size_t step = 0; step < steps.size(); ++step) {
            for (; place < steps[step]; ++place)
                for (float score : scores[place]) better += score > score_of[i];
            if (cluster_of[i] >= steps[step]) continue;
            for (std::size_t r = 0; r < std::size(rerank_steps); ++r)
                told.found[step * std::size(rerank_steps) + r] += better < rerank_steps[r];
        }
    }
    for (std::size_t depth = 0; depth < Ladder::depths; ++depth) {
        const std::size_t count = std::min(hits.size(), Ladder::k << depth);
        std::vector<std::size_t> places(cluster_of.begin(), cluster_of.begin() + static_cast<std::ptrdiff_t>(count));
        std::sort(places.begin(), places.end());
        told.broad[depth] = count == 0 ? 1 : 1 + places[static_cast<std::size_t>(breadth_of * static_cast<double>(count - 1))];
    }
    return told;
}

}  // namespace

std::vector<Key> held_out(const View& view) {
    std::vector<Key> keys;
    for (const RowInView& one : sample(view, std::min(searches, view.count / 10), 11)) keys.push_back(one.block->key(one.row));
    std::sort(keys.begin(), keys.end());
    return keys;
}

Ladder calibrate(const View& view, const Model& model, std::span<const Key> held_out, const Kernels& kernels, const std::stop_token& stop) {
    const auto steps = cluster_steps(std::min(model.clusters, clusters_most));
    Told all;
    all.found.resize(steps.size() * std::size(rerank_steps));
    std::size_t made = 0;
    for (const auto& [block, rows] : *view.blocks)
        for (std::size_t row = 0; row < rows && !stop.stop_requested(); ++row) {
            if (!std::binary_search(held_out.begin(), held_out.end(), block->key(row))) continue;
            const Told told = search(view, model, {block.get(), row}, steps, kernels);
            for (std::size_t i = 0; i < all.found.size(); ++i) all.found[i] += told.found[i];
            for (std::size_t i = 0; i < Ladder::depths; ++i) all.broad[i] += told.broad[i];
            all.nearest += told.nearest;
            ++made;
        }
    // What an effort costs, in bytes moved: rows to be reranked lie here and there, with their full vectors behind them.
    const double rows = static_cast<double>(view.count) / static_cast<double>(model.clusters);
    const double of_cluster = static_cast<double>(Model::rank * model.dimensions) + rows * (Model::rank + 8);
    const double of_row = 3.0 * static_cast<double>(padded(view.shape.width));
    struct Costed {
        Ladder::Rung rung;
        double cost;
    };
    std::vector<Costed> costed;
    for (std::size_t step = 0; step < steps.size(); ++step)
        for (std::size_t r = 0; r < std::size(rerank_steps); ++r)
            costed.push_back({{{static_cast<double>(steps[step]), rerank_steps[r]},
                               static_cast<double>(all.found[step * std::size(rerank_steps) + r]) /
                                   static_cast<double>(std::max<std::size_t>(1, all.nearest))},
                              static_cast<double>(steps[step]) * of_cluster + static_cast<double>(rerank_steps[r]) * of_row});
    std::sort(costed.begin(), costed.end(), [](const Costed& a, const Costed& b) { return a.cost < b.cost; });
    std::vector<Ladder::Rung> rungs;
    for (const Costed& one : costed)
        if (rungs.empty() || one.rung.recall > rungs.back().recall) rungs.push_back(one.rung);
    rungs.push_back({{static_cast<double>(model.clusters), 2000}, 1});  // everything by its code
    std::array<double, Ladder::depths> broad{};
    for (std::size_t i = 0; i < Ladder::depths; ++i)
        broad[i] = static_cast<double>(all.broad[i]) / static_cast<double>(std::max<std::size_t>(1, made));
    return {std::move(rungs), broad};
}

double Ladder::broader(double depth) const {
    double at = std::log2(std::max(1.0, depth / static_cast<double>(k)));
    // Beyond what was measured it goes on as between the last two.
    const auto low = std::min(static_cast<std::size_t>(at), depths - 2);
    at -= static_cast<double>(low);
    const double from = std::log2(std::max(1.0, clusters_at_depth_[low]));
    const double to = std::log2(std::max(1.0, clusters_at_depth_[low + 1]));
    return std::exp2(from + at * (to - from)) / std::max(1.0, clusters_at_depth_[0]);
}

}  // namespace vitrine::vector
