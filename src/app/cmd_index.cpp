// vitrine index: the index of what looks alike, made anew, compared with its rows, counted. A running server needs none of it.

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <iostream>

#include "app/command.hpp"
#include "app/house.hpp"

namespace vitrine::app {
namespace {

using likeness::Checked;
using likeness::Stats;

struct IndexOptions {
    bool json = false;
};

// One line on stderr, rewritten on a terminal and left out elsewhere.
likeness::Likeness::Progress progress_of(std::string what) {
    if (::isatty(STDERR_FILENO) == 0) return {};
    return [what = std::move(what)](std::size_t done, std::size_t of) {
        if (of == 0) return;
        std::cerr << fmt::format("\r{}: {} of {}{}", what, done, of, done == of ? "\n" : "") << std::flush;
    };
}

std::string called(const Stats& stats) {
    return fmt::format("{} of {}", json::enum_name(stats.space), to_string(stats.workspace));
}

json::Object described(const Stats& stats) {
    return {{"workspace", to_string(stats.workspace)},
            {"space", json::write(stats.space)},
            {"version", stats.version},
            {"width", stats.width},
            {"vectors", stats.rows},
            {"subjects", stats.subjects}};
}

void print(const Stats& stats, bool as_json) {
    if (as_json)
        std::cout << json::print(described(stats)) << "\n";
    else
        std::cout << fmt::format("{}: {} vectors of {} listings, {} numbers each, model {}\n", called(stats), stats.rows, stats.subjects,
                                 stats.width, stats.version);
}

Result<int> build(House& house, const IndexOptions& options) {
    // Drafts of before there was an index first: the models are not needed, what they found is kept.
    TRY(house.workers->drain());
    for (const auto& one : TRY(house.likeness->stats())) print(TRY(house.likeness->build(one, progress_of(called(one)))), options.json);
    return Exit::done;
}

Result<int> check(House& house, const IndexOptions& options) {
    bool right = true;
    for (const auto& one : TRY(house.likeness->stats())) {
        const auto checked = TRY(house.likeness->check(one, progress_of(called(one))));
        right = right && checked.right();
        if (options.json) {
            auto line = described(checked.stats);
            line["right"] = checked.right();
            line["missing"] = checked.missing;
            line["too_many"] = checked.too_many;
            line["different"] = checked.different;
            line["recall"] = checked.recall;
            line["sampled"] = checked.sampled;
            std::cout << json::print(line) << "\n";
            continue;
        }
        auto verdict = checked.right() ? fmt::format("right, all {} vectors", checked.stats.rows)
                                       : fmt::format("WRONG: {} missing, {} too many, {} different", checked.missing, checked.too_many,
                                                     checked.different);
        std::cout << fmt::format("{}: {}; {} searches found {:.1f} % of the 20 nearest of all\n", called(one), verdict, checked.sampled,
                                 100 * checked.recall);
    }
    if (!right) std::cerr << "Stop the processes that use this folder, run `vitrine index build`, and start them again.\n";
    return right ? Exit::done : Exit::failed;
}

Result<int> stats(House& house, const IndexOptions& options) {
    const auto all = TRY(house.likeness->stats());
    for (const auto& one : all) print(one, options.json);
    if (all.empty() && !options.json) std::cout << "There is nothing to search yet: no photo was drafted.\n";
    return Exit::done;
}

}  // namespace

void add_index(CLI::App& cli, Context& context) {
    auto* command = cli.add_subcommand("index", "The index of what looks alike: makes it anew, checks it, counts it.");
    command->require_subcommand(1);
    command->add_option("--data", context.settings.data, "Data folder.")->capture_default_str();
    add_database_option(*command, context);

    auto options = std::make_shared<IndexOptions>();
    auto add = [&](const char* name, const char* words, Result<int> (*run)(House&, const IndexOptions&)) {
        auto* sub = command->add_subcommand(name, words)->fallthrough();  // --data may stand behind it
        sub->add_flag("--json", options->json, "One JSON object a line.");
        sub->callback([&context, options, run] {
            auto ran = [&]() -> Result<int> {
                auto house = TRY(House::open_without_models(context.settings));
                return run(*house, *options);
            }();
            context.exit = ran ? *ran : complain(ran.error());
        });
    };
    add("build", "Fills the index from every draft there is and saves it. For after a restore, or to have it before the first search.",
        build);
    add("check", "Compares the index with every row it was made from, and searches with looking at all of them. Exit code 1: it is wrong.",
        check);
    add("stats", "What is in it.", stats);
}

}  // namespace vitrine::app
