// vitrine redo: drafts again what was made with labels or models that have changed since.

#include <fmt/format.h>

#include <iostream>

#include "app/command.hpp"
#include "app/house.hpp"
#include "auth/auth.hpp"

namespace vitrine::app {
namespace {

Result<void> redo(const Settings& settings, bool dry_run, bool as_json) {
    auto house = TRY(House::open(settings));
    TRY(house->can_decode());
    auto redo = TRY(house->listings->redo(auth::local_caller(house->workspace), dry_run));
    if (as_json) {
        std::cout << json::print(json::write(redo)) << "\n";
    } else if (redo.listings == 0) {
        std::cout << "Every draft was made with the labels and models of today.\n";
    } else {
        std::cout << fmt::format("{} {} made with other labels or models than today's:\n", redo.listings,
                                 redo.listings == 1 ? "draft was" : "drafts were");
        for (const auto& [part, drafts] : redo.because) std::cout << fmt::format("  {:<16} {}\n", part, drafts);
        if (dry_run) std::cout << "Nothing was started. Without --dry-run they are drafted again; what people corrected stays.\n";
    }
    if (!dry_run && redo.listings > 0 && house->eyes()->ready()) TRY(house->workers->drain());
    return {};
}

}  // namespace

void add_redo(CLI::App& cli, Context& context) {
    struct Options {
        bool dry_run = false, json = false;
    };
    auto options = std::make_shared<Options>();
    auto* command = cli.add_subcommand("redo", "Drafts again what was made with labels or models that have changed since.");
    command->add_option("--data", context.settings.data, "Data folder.")->capture_default_str();
    command->add_flag("--dry-run", options->dry_run, "Only say how many drafts and why.");
    command->add_flag("--json", options->json, "One JSON object.");
    command->callback([&context, options] {
        auto done = redo(context.settings, options->dry_run, options->json);
        context.exit = done ? static_cast<int>(Exit::done) : complain(done.error());
    });
}

}  // namespace vitrine::app
