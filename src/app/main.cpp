// main wires: the command line, the settings, and one command.

#include <fmt/format.h>
#include <malloc.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <thread>

#include "app/command.hpp"
#include "app/decoding.hpp"
#include "core/log.hpp"

namespace {

// What is wrong with a command line, and where to look: the whole help would bury it.
std::string explain(const CLI::App* cli, const CLI::Error& error) {
    const auto named = cli->get_subcommands();
    if (named.empty() && cli->remaining_size() > 0) {
        std::vector<std::string> commands;
        for (const auto* command : cli->get_subcommands([](const CLI::App*) { return true; })) commands.push_back(command->get_name());
        return fmt::format("There is no command \"{}\". There are: {}.\n", cli->remaining().front(), fmt::join(commands, ", "));
    }
    return fmt::format("{}\n`{}{} --help` says what it takes.\n", error.what(), cli->get_name(),
                       named.empty() ? "" : " " + named.front()->get_name());
}

}  // namespace

int main(int argc, char** argv) {
    using namespace vitrine;
    // Pictures and what networks work on are blocks of megabytes that come and go. glibc would raise this threshold with
    // every one that is freed and keep them all in its heaps.
    mallopt(M_MMAP_THRESHOLD, 1 << 20);
    mallopt(M_TRIM_THRESHOLD, 8 << 20);
    mallopt(M_ARENA_MAX, static_cast<int>(std::max(2u, std::thread::hardware_concurrency())));  // one a core, not eight
    // What oneDNN, inside OpenVINO, keeps of every operation for every shape of input: 1,024 unless told, which fill in the
    // course of a thousand photos; with fewer a process had 739 MB after 900 photos instead of 781 (docs/reports/load.md).
    // OpenVINO has no setting of its own for this one, and reads it when the first model loads.
    ::setenv("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "128", 0);
    if (argc == 2 && argv[1] == app::decode_in_jail_word) photo::decode_in_jail();
    app::Context context;
    context.settings.program = "/proc/self/exe";
    CLI::App cli{"vitrine: photo in, commerce action out. Photos become reviewed marketplace drafts, on your own machine.", "vitrine"};
    cli.require_subcommand(1);
    cli.failure_message(explain);
    cli.add_option("--config", context.config_file, "Settings file (TOML). Flags and VITRINE_* variables win over it.");

    app::add_serve(cli, context);
    app::add_work(cli, context);
    app::add_add(cli, context);
    app::add_redo(cli, context);
    app::add_index(cli, context);
    app::add_similar(cli, context);
    app::add_infer(cli, context);
    app::add_models(cli, context);
    app::add_people(cli, context);
    app::add_migrate(cli, context);
    app::add_openapi(cli, context);
    app::add_doctor(cli, context);
    app::add_eval(cli, context);
    app::add_bench(cli, context);
    app::add_version(cli, context);

    // File and environment are read before the flags, which are bound to the same variables and so win.
    try {
        Config config;
        context.settings.bind(config);
        std::string file = context.config_file;
        for (int i = 1; i + 1 < argc; ++i)
            if (std::string_view(argv[i]) == "--config") file = argv[i + 1];
        context.settings.file = file.empty() ? app::home_folder() / "vitrine.toml" : std::filesystem::path(file);
        context.settings.file_named = !file.empty();
        if (auto loaded = config.load(context.settings.file, context.settings.file_named, environment()); !loaded)
            return app::complain(loaded.error());
        auto level = context.settings.level();
        if (!level) return app::complain(level.error());
        log::set_level(*level);
        if (argc == 1) throw CLI::CallForHelp();
        cli.parse(argc, argv);
        return context.exit;
    } catch (const CLI::ParseError& error) {
        int code = cli.exit(error);
        return code == 0 ? app::Exit::done : app::Exit::usage;
    } catch (const std::exception& error) {
        return app::complain({Kind::internal, "internal", std::string("Something broke inside: ") + error.what()});
    }
}
