#pragma once
// The command line: one function a command. stdout carries only the answer; logs and progress go to stderr.
// Exit codes: 0 done; 1 it failed, the reason is on stderr; 2 the call is wrong; 3 part of it failed (some photos).

#include <CLI/CLI.hpp>

#include "app/settings.hpp"

namespace vitrine::app {

enum Exit { done = 0, failed = 1, usage = 2, partly = 3 };

// What every command has: settings that are read once the flags are known.
struct Context {
    Settings settings;
    std::string config_file;
    int exit = Exit::done;
};

// Each adds its subcommand to `cli`; its callback runs the command and sets `context.exit`.
void add_serve(CLI::App& cli, Context& context);
void add_work(CLI::App& cli, Context& context);
void add_add(CLI::App& cli, Context& context);
void add_redo(CLI::App& cli, Context& context);
void add_index(CLI::App& cli, Context& context);
void add_similar(CLI::App& cli, Context& context);
void add_infer(CLI::App& cli, Context& context);
void add_models(CLI::App& cli, Context& context);
void add_people(CLI::App& cli, Context& context);
void add_migrate(CLI::App& cli, Context& context);
void add_openapi(CLI::App& cli, Context& context);
void add_doctor(CLI::App& cli, Context& context);
void add_eval(CLI::App& cli, Context& context);
void add_bench(CLI::App& cli, Context& context);
void add_bench_jobs(CLI::App& bench, Context& context);  // below `bench`
void add_bench_decode(CLI::App& bench, Context& context);
void add_bench_vectors(CLI::App& bench, Context& context);
void add_version(CLI::App& cli, Context& context);

// --database, for the commands that have --data.
void add_database_option(CLI::App& command, Context& context);

// Prints the error for a person on stderr; the exit code to leave with.
int complain(const Error& error);

}  // namespace vitrine::app
