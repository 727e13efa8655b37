// vitrine people: who may sign in, from the machine that holds the data folder.

#include <fmt/format.h>

#include <iostream>

#include "app/command.hpp"
#include "app/house.hpp"
#include "auth/auth.hpp"

namespace vitrine::app {
namespace {

Result<void> list(const Settings& settings, bool as_json) {
    auto house = TRY(House::open_without_models(settings));
    auto people = TRY(house->accounts->people(house->workspace, {200, std::nullopt}));
    for (const auto& person : people) {
        if (as_json)
            std::cout << json::print(json::write(person)) << "\n";
        else
            std::cout << fmt::format("{:<30} {:<10} since {}\n", person.name, json::enum_name(person.role),
                                     to_string(person.created_at).substr(0, 10));
    }
    if (people.empty() && !as_json) std::cerr << "Nobody yet. Start `vitrine serve` and make the owner with the setup code it prints.\n";
    return {};
}

Result<void> reset_password(const Settings& settings, const std::string& name) {
    auto house = TRY(House::open_without_models(settings));
    auto password = auth::Accounts::make_password();
    TRY(house->accounts->reset_password(auth::local_caller(house->workspace), name, password));
    std::cout << password << "\n";
    std::cerr << fmt::format("That is the new password of {}; it is shown this once. They are signed out everywhere.\n", name);
    return {};
}

}  // namespace

void add_people(CLI::App& cli, Context& context) {
    auto* command = cli.add_subcommand("people", "Lists people, resets a password.");
    command->require_subcommand(1);
    command->add_option("--data", context.settings.data, "Data folder.")->capture_default_str();
    add_database_option(*command, context);

    auto as_json = std::make_shared<bool>(false);
    auto* people = command->add_subcommand("list", "Who may sign in, and their role.");
    people->add_flag("--json", *as_json, "One JSON object a line.");
    people->callback([&context, as_json] {
        if (auto done = list(context.settings, *as_json); !done) context.exit = complain(done.error());
    });

    auto name = std::make_shared<std::string>();
    auto* reset = command->add_subcommand("reset-password", "Makes a new password for a person and prints it.");
    reset->add_option("NAME", *name, "The name they sign in with.")->required();
    reset->callback([&context, name] {
        if (auto done = reset_password(context.settings, *name); !done) context.exit = complain(done.error());
    });
}

}  // namespace vitrine::app
