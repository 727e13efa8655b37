// The commands that fit on a screen together: migrate, openapi, version, and what all commands share.

#include <fmt/format.h>

#include <fstream>
#include <iostream>

#include "app/command.hpp"
#include "app/routes.hpp"
#include "http/route.hpp"

namespace vitrine::app {

int complain(const Error& error) {
    std::cerr << "vitrine: " << error.message << "\n";
    return Exit::failed;
}

// Its default is not shown: it may hold a password.
void add_database_option(CLI::App& command, Context& context) {
    command.add_option("--database", context.settings.database,
                       "PostgreSQL database instead of the file in the data folder: postgres://user@host:5432/name. Others see the words "
                       "of a command: a password is better in PGPASSWORD or ~/.pgpass.");
}

void add_migrate(CLI::App& cli, Context& context) {
    auto* command = cli.add_subcommand("migrate", "Brings the database up to date. serve and add do so too; a newer database is refused.");
    command->add_option("--data", context.settings.data, "Data folder.")->capture_default_str();
    add_database_option(*command, context);
    command->callback([&context] {
        auto house = House::open_without_models(context.settings);
        if (!house)
            context.exit = complain(house.error());
        else
            std::cerr << fmt::format("{} is up to date.\n", context.settings.shown_database());
    });
}

void add_openapi(CLI::App& cli, Context& context) {
    auto* command = cli.add_subcommand("openapi", "Writes the OpenAPI document of this program to stdout, or checks a file against it.");
    auto check = std::make_shared<std::string>();
    command->add_option("--check", *check, "Fail when this file is stale.");
    command->callback([&context, check] {
        // The rows need a house to be bound to; a folder of its own that is gone afterwards will do.
        auto folder = std::filesystem::temp_directory_path() / fmt::format("vitrine-openapi-{}", to_string(make_uuid_v7()));
        auto settings = context.settings;
        settings.data = folder;
        settings.database.clear();
        auto house = House::open_without_models(settings);
        if (!house) {
            context.exit = complain(house.error());
            return;
        }
        Door door(settings, std::nullopt, {});
        http::Router router;
        add_all_routes(router, **house, settings.data, door);
        auto document = json::print_pretty(http::openapi(router.routes(), VITRINE_VERSION));
        house->reset();
        std::error_code ignored;
        std::filesystem::remove_all(folder, ignored);
        if (check->empty()) {
            std::cout << document;
            return;
        }
        std::ifstream file(*check);
        std::string text{std::istreambuf_iterator<char>(file), {}};
        if (text != document)
            context.exit = complain(
                {Kind::conflict, "openapi.stale", fmt::format("{} is stale; run `make openapi` and commit what changed.", *check)});
    });
}

void add_version(CLI::App& cli, Context&) {
    cli.set_version_flag("--version", "vitrine " VITRINE_VERSION);
    auto* command = cli.add_subcommand("version", "Prints the version.");
    auto as_json = std::make_shared<bool>(false);
    command->add_flag("--json", *as_json, "As a JSON object.");
    command->callback([as_json] {
        if (*as_json)
            std::cout << json::print(json::Object{{"name", "vitrine"}, {"version", VITRINE_VERSION}}) << "\n";
        else
            std::cout << "vitrine " << VITRINE_VERSION << "\n";
    });
}

}  // namespace vitrine::app
