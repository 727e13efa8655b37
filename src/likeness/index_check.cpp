// The index against the table, every row of it.

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "likeness/index.hpp"

namespace vitrine::likeness {
namespace {

using rows::Named;
using store::Transaction;
using vector::Hit;
using vector::Key;

constexpr std::size_t batch = 256;
constexpr std::size_t samples_max = 20, sample_k = 20;
constexpr int tries = 3;           // somebody may write meanwhile
constexpr double rounding = 1e-4;  // between a cosine of floats and one of doubles

// Pointing nowhere in particular, the same at each run; nearly every change of a vector changes its cosine with this.
std::vector<float> probe_of(std::int64_t width) {
    std::vector<float> probe(static_cast<std::size_t>(width));
    std::uint64_t state = 0x9e3779b97f4a7c15;
    for (auto& number : probe) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        number = static_cast<float>(static_cast<std::int32_t>(state >> 32)) / 2147483648.0f;
    }
    return probe;
}

double cosine(std::span<const float> a, std::span<const float> b) {
    double product = 0, left = 0, right = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        product += static_cast<double>(a[i]) * b[i];
        left += static_cast<double>(a[i]) * a[i];
        right += static_cast<double>(b[i]) * b[i];
    }
    return product / std::sqrt(left * right);
}

// One search as it should have been answered.
struct Sample {
    std::vector<float> query;
    std::vector<Hit> best;  // a heap, the worst in front

    void note(Hit hit) {
        best.push_back(hit);
        std::ranges::push_heap(best, vector::comes_before);
        if (best.size() <= sample_k) return;
        std::ranges::pop_heap(best, vector::comes_before);
        best.pop_back();
    }
    // Of the true hits, how many are among these; one that is as good as the worst true one counts.
    double found_by(const std::vector<Hit>& hits) const {
        const auto good = std::ranges::count_if(hits, [&](const Hit& hit) { return hit.score >= best.front().score - rounding; });
        return static_cast<double>(std::min<std::ptrdiff_t>(good, std::ssize(best))) / static_cast<double>(best.size());
    }
};

}  // namespace

Result<Checked> Index::check(const Likeness::Progress& progress) {
    Checked checked;
    for (int i = 0; i < tries; ++i) {
        TRY(catch_up());
        std::scoped_lock lock(changing_);
        checked = TRY(compare(progress));
        if (checked.right()) break;
        const auto head = TRY(database_.read([&](Transaction& tx) { return rows::head(tx, which_.workspace); }));
        if (head == applied_) break;
    }
    return checked;
}

Result<Checked> Index::compare(const Likeness::Progress& progress) const {
    const auto all = TRY(database_.read([&](Transaction& tx) { return rows::all(tx, which_); }));
    const auto probe = probe_of(which_.width);
    std::unordered_map<Key, float> held;
    for (const auto& hit : TRY(space_->top_k(probe, space_->size(), {}, {.exact = true, .recall = {}, .effort = {}})).hits)
        held[hit.key] = hit.score;

    std::vector<Key> keys;
    for (const auto& row : all) keys.push_back(row.key);
    std::vector<Key> sampled;
    for (std::size_t i = 0, step = std::max<std::size_t>(1, keys.size() / samples_max); i < keys.size() && sampled.size() < samples_max;
         i += step)
        sampled.push_back(keys[i]);
    std::vector<Sample> samples;
    for (auto& row : TRY(database_.read([&](Transaction& tx) { return rows::embeddings(tx, sampled); })))
        samples.push_back({std::move(row.embedding), {}});

    Checked checked;
    for (std::size_t done = 0; done < keys.size(); done += batch) {
        if (progress) progress(done, keys.size());
        const auto part = std::span(keys).subspan(done, std::min(batch, keys.size() - done));
        for (const auto& row : TRY(database_.read([&](Transaction& tx) { return rows::embeddings(tx, part); }))) {
            for (auto& sample : samples) sample.note({row.key, static_cast<float>(cosine(sample.query, row.embedding))});
            const auto found = held.find(row.key);
            if (found == held.end())
                ++checked.missing;
            else if (!(std::abs(found->second - cosine(probe, row.embedding)) < rounding))
                ++checked.different;
            if (found != held.end()) held.erase(found);
        }
    }
    if (progress) progress(keys.size(), keys.size());
    checked.too_many = held.size();
    checked.stats = stats();
    checked.sampled = samples.size();
    double found = 0;
    for (const auto& sample : samples) found += sample.found_by(TRY(space_->top_k(sample.query, sample_k)).hits);
    if (!samples.empty()) checked.recall = found / static_cast<double>(samples.size());
    return checked;
}

}  // namespace vitrine::likeness
