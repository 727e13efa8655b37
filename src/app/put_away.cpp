#include "app/put_away.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "app/photo_files.hpp"
#include "core/durable.hpp"

namespace vitrine::app {
namespace {

namespace fs = std::filesystem;

const std::string done = "done", failed = "failed";

Error cannot_move(const fs::path& what, const fs::path& where, int code) {
    return {Kind::unavailable, "watch.move",
            fmt::format("{} cannot be moved into {}: {}. Let vitrine write there, or set watch.afterwards to leave.",
                        shown_name(what.filename()), shown_name(where), std::strerror(code)),
            shown_name(where)};
}

Result<void> make_folder(const fs::path& folder) {
    if (::mkdir(folder.c_str(), 0777) != 0 && errno != EEXIST) return cannot_move("Photos", folder, errno);
    struct stat status {};
    if (::lstat(folder.c_str(), &status) != 0) return cannot_move("Photos", folder, errno);
    if (!S_ISDIR(status.st_mode)) return cannot_move("Photos", folder, ENOTDIR);
    if (::faccessat(AT_FDCWD, folder.c_str(), W_OK | X_OK, AT_EACCESS) != 0) return cannot_move("Photos", folder, errno);
    return {};
}

// "coat.jpg", "coat (2).jpg", "coat (3).jpg"
fs::path numbered(const fs::path& name, int number) {
    if (number == 1) return name;
    return fmt::format("{} ({}){}", name.stem().native(), number, name.extension().native());
}

// 0, or the errno. Where the file system cannot refuse to replace, it is asked first: only we write into these folders.
int move_without_replacing(const fs::path& from, const fs::path& to) {
    if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return 0;
    if (errno != EINVAL && errno != ENOSYS) return errno;
    struct stat status {};
    if (::lstat(to.c_str(), &status) == 0) return EEXIST;
    return ::rename(from.c_str(), to.c_str()) == 0 ? 0 : errno;
}

// A new file with this text. 0, or the errno.
int write_new(const fs::path& path, const std::string& text) {
    const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    if (!file) return errno;
    const int code = write_all(file, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
    if (code != 0) ::unlink(path.c_str());
    return code;
}

}  // namespace

std::vector<std::string> put_away_folders() {
    return {done, failed};
}

Result<void> make_put_away_folders(const fs::path& folder) {
    TRY(make_folder(folder / done));
    TRY(make_folder(folder / failed));
    if (::faccessat(AT_FDCWD, folder.c_str(), W_OK | X_OK, AT_EACCESS) != 0) return cannot_move("Photos", folder / done, errno);
    return {};
}

// The reason is written first, so that nothing lies in failed without one.
Result<void> put_away(const fs::path& folder, const std::string& name, const std::optional<std::string>& why) {
    auto where = folder / (why ? failed : done);
    TRY(make_folder(where));
    for (int number = 1;; ++number) {
        auto to = where / numbered(name, number);
        auto reason = to.native() + ".txt";
        int code = why ? write_new(reason, *why + "\n") : 0;
        if (code == 0) {
            code = move_without_replacing(folder / name, to);
            if (code == 0) return {};
            if (why) ::unlink(reason.c_str());
            if (code == ENOENT) return {};  // somebody took it away meanwhile
        }
        if (code != EEXIST) return cannot_move(name, where, code);
    }
}

}  // namespace vitrine::app
