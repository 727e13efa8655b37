// vitrine models: the model pack, fetched from ordinary registries, checked, and kept in one folder.

#include <fmt/format.h>
#include <unistd.h>

#include <iostream>

#include "app/command.hpp"
#include "vision/pack.hpp"

namespace vitrine::app {
namespace {

// One line that rewrites itself on a terminal; plain lines elsewhere.
vision::OnPackProgress show_progress() {
    bool terminal = ::isatty(STDERR_FILENO);
    return [terminal, last = std::string()](const vision::PackProgress& progress) mutable {
        if (terminal) {
            fmt::print(stderr, "\r\033[K{:3} %  {}", progress.total > 0 ? 100 * progress.done / progress.total : 0, progress.step);
        } else if (progress.step != last) {
            fmt::print(stderr, "{}\n", progress.step);
            last = progress.step;
        }
    };
}

void clear_progress() {
    if (::isatty(STDERR_FILENO)) fmt::print(stderr, "\r\033[K");
}

json::Object row_of(const vision::PackModel& row) {
    json::Object object = json::write(row.model).as_object();
    object["default"] = row.is_default;
    object["problem"] = row.problem.empty() ? json::Value(nullptr) : json::Value(row.problem);
    return object;
}

Result<void> pull(const Settings& settings, bool again, bool as_json) {
    vision::Pack pack(settings.models);
    auto pulled = pack.pull({.again = again}, show_progress());
    clear_progress();
    auto counts = TRY(std::move(pulled));
    if (as_json)
        std::cout << json::print(json::Object{{"folder", pack.folder().string()}, {"built", counts.built}, {"kept", counts.kept}}) << "\n";
    else
        std::cerr << fmt::format("The model pack in {} is complete: {} models made, {} there already.\n", pack.folder().string(),
                                 counts.built, counts.kept);
    return {};
}

Result<int> show(const std::vector<vision::PackModel>& models, bool as_json) {
    bool bad = false;
    for (const auto& row : models) {
        bad = bad || !row.problem.empty();
        if (as_json)
            std::cout << json::print(row_of(row)) << "\n";
        else
            std::cout << fmt::format("{:<26} {:<8} {:<24} {}\n", row.model.name, row.problem.empty() ? "ok" : "PROBLEM", row.model.licence,
                                     row.problem.empty() ? row.model.source : row.problem);
    }
    return bad ? Exit::failed : Exit::done;
}

Result<int> verify(const Settings& settings, bool as_json) {
    auto checked = vision::Pack(settings.models).verify(show_progress());
    clear_progress();
    return show(TRY(std::move(checked)), as_json);
}

Result<void> add_model(const Settings& settings, const std::string& name, const std::string& file, const std::string& sha256) {
    auto model = TRY(vision::Pack(settings.models).add(name, file, sha256));
    std::cerr << fmt::format("{} is in the pack.\n", model.name);
    return {};
}

}  // namespace

void add_models(CLI::App& cli, Context& context) {
    auto* command = cli.add_subcommand("models", "Fetches, lists and checks the models.");
    command->require_subcommand(1);
    command->add_option("--models", context.settings.models, "Folder of the pack; also VITRINE_MODELS.")->capture_default_str();
    struct Options {
        bool json = false, again = false;
        std::string name, file, sha256;
    };
    auto options = std::make_shared<Options>();
    auto leave = [&context](const Result<int>& exit) { context.exit = exit ? *exit : complain(exit.error()); };

    auto* pull_command = command->add_subcommand("pull", "Fetches what is missing and builds the pack.");
    pull_command->add_flag("--again", options->again, "Fetch and build everything anew.");
    pull_command->add_flag("--json", options->json, "As a JSON object.");
    pull_command->callback([&context, options] {
        if (auto done = pull(context.settings, options->again, options->json); !done) context.exit = complain(done.error());
    });

    auto* list_command = command->add_subcommand("list", "What the pack holds and where it came from.");
    list_command->add_flag("--json", options->json, "A JSON object a model.");
    list_command->callback([&context, options, leave] {
        auto models = vision::Pack(context.settings.models).list();
        leave(models ? show(*models, options->json) : Result<int>(models.error()));
    });

    auto* verify_command = command->add_subcommand("verify", "Hashes every file and tries every model on a known input.");
    verify_command->add_flag("--json", options->json, "A JSON object a model.");
    verify_command->callback([&context, options, leave] { leave(verify(context.settings, options->json)); });

    auto* add_command = command->add_subcommand("add", "Takes a model file of your own into the pack.");
    add_command->add_option("NAME", options->name, "What to call it: letters, digits, dash.")->required();
    add_command->add_option("--file", options->file, "ONNX or OpenVINO file.")->required();
    add_command->add_option("--sha256", options->sha256, "What its SHA-256 must be.")->required();
    add_command->callback([&context, options] {
        if (auto done = add_model(context.settings, options->name, options->file, options->sha256); !done)
            context.exit = complain(done.error());
    });
}

}  // namespace vitrine::app
