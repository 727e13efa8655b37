#include "app/folder_watch.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "app/photo_files.hpp"
#include "core/descriptor.hpp"

namespace vitrine::app {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using Moment = std::chrono::steady_clock::time_point;

constexpr std::uint32_t folder_mask = IN_CLOSE_WRITE | IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_ONLYDIR;
constexpr std::uint32_t root_mask = folder_mask | IN_DELETE_SELF | IN_MOVE_SELF;
constexpr std::uint32_t inner_mask = folder_mask | IN_DELETE | IN_DONT_FOLLOW;
constexpr milliseconds first_look_again{10};

Error trouble(const fs::path& folder, int code) {
    auto words = code == ENOENT    ? std::string("is not there")
                 : code == ENOTDIR ? std::string("is no folder")
                 : code == ENOSPC  ? std::string("cannot be watched: the system has no watch left (fs.inotify.max_user_watches)")
                 : code == EMFILE  ? std::string("cannot be watched: the system has no watch left (fs.inotify.max_user_instances)")
                                   : fmt::format("cannot be watched: {}", std::strerror(code));
    return {Kind::unavailable, "watch.folder", fmt::format("The watched folder {} {}.", shown_name(folder), words), shown_name(folder)};
}

enum class Writers { none, some, unknown };

// The kernel grants a read lease only on a file that nobody has open for writing. The lease is given back at once; a
// writer that comes in between waits that long, and the signal it makes the kernel send is one that does nothing.
Writers writers_of(const fs::path& file) {
    Descriptor descriptor(::open(file.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!descriptor) return Writers::unknown;
    if (::fcntl(descriptor.number(), F_SETSIG, SIGURG) != 0) return Writers::unknown;
    if (::fcntl(descriptor.number(), F_SETLEASE, F_RDLCK) != 0) return errno == EAGAIN ? Writers::some : Writers::unknown;
    ::fcntl(descriptor.number(), F_SETLEASE, F_UNLCK);
    return Writers::none;
}

// Some writer is worse than an unknown one, and that is worse than none.
Writers writers_of(const std::vector<fs::path>& files) {
    auto all = Writers::none;
    for (const auto& file : files) {
        auto one = writers_of(file);
        if (one == Writers::some) return one;
        if (one == Writers::unknown) all = one;
    }
    return all;
}

}  // namespace

std::string stamp_of(const std::vector<fs::path>& photos) {
    std::string stamp;
    for (const auto& photo : photos) {
        struct stat status {};
        if (::lstat(photo.c_str(), &status) != 0) continue;
        stamp += fmt::format("{} {} {} {}.{:09}\n", shown_name(photo.filename()), status.st_ino, status.st_size, status.st_mtim.tv_sec,
                             status.st_mtim.tv_nsec);
    }
    return stamp;
}

struct FolderWatch::Inside {
    // What may be an item, until it is complete or turns out to be none.
    struct Waiting {
        Moment due;                            // when to look at it next
        bool told_closed = false;              // by an event
        std::string stamp;                     // when it was looked at last, and nothing happened to it since
        milliseconds pause{first_look_again};  // grows while somebody writes
    };

    fs::path folder;
    milliseconds quiet;
    std::vector<std::string> own;
    Descriptor inotify{::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)};
    Descriptor stopped{::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
    int root = -1;
    std::map<std::string, Waiting> waiting;
    std::map<std::string, int> watch_of;  // of sub-folders
    std::map<int, std::string> name_of;

    Inside(fs::path folder, milliseconds quiet, std::vector<std::string> own)
        : folder(std::move(folder)), quiet(quiet), own(std::move(own)) {}

    bool is_no_item(const std::string& name) const { return is_left_alone(name) || std::ranges::find(own, name) != own.end(); }

    // Something happened to it, or it was found: looked at as soon as may be, and its quiet time begins anew.
    void note(const std::string& name, bool told_closed) {
        auto& item = waiting[name];
        item.due = {};
        item.stamp.clear();
        item.told_closed = item.told_closed || told_closed;
    }

    Result<void> note_folder(const std::string& name) {
        auto path = folder / name;
        int watch = ::inotify_add_watch(inotify.number(), path.c_str(), inner_mask);
        if (watch < 0 && (errno == ENOSPC || errno == ENOMEM)) return trouble(path, errno);
        if (watch < 0) return {};  // gone again, a symlink now, or not ours to read: then its owner may yet put it in anew
        forget_watch(name, watch);
        watch_of[name] = watch;
        name_of[watch] = name;
        note(name, false);
        return {};
    }

    // The watch of a sub-folder that left under this name, unless it is `still`.
    void forget_watch(const std::string& name, int still = -1) {
        auto found = watch_of.find(name);
        if (found == watch_of.end() || found->second == still) return;
        ::inotify_rm_watch(inotify.number(), found->second);
        name_of.erase(found->second);
        watch_of.erase(found);
    }

    Result<void> scan() {
        std::error_code error;
        for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
            auto name = entry->path().filename().native();
            if (is_no_item(name)) continue;
            std::error_code gone;
            auto status = entry->symlink_status(gone);
            if (fs::is_directory(status)) TRY(note_folder(name));
            if (fs::is_regular_file(status)) note(name, false);
        }
        if (error) return trouble(folder, error.value());
        return {};
    }

    Result<void> take_events() {
        alignas(inotify_event) char buffer[16 * 1024];
        while (true) {
            auto got = ::read(inotify.number(), buffer, sizeof buffer);
            if (got < 0 && errno == EINTR) continue;
            if (got <= 0) return {};
            for (const char* at = buffer; at < buffer + got;) {
                const auto& event = *reinterpret_cast<const inotify_event*>(at);
                TRY(take_event(event, event.len > 0 ? std::string(event.name) : std::string()));
                at += sizeof event + event.len;
            }
        }
    }

    Result<void> take_event(const inotify_event& event, const std::string& name) {
        if (event.mask & IN_Q_OVERFLOW) return scan();
        if (event.wd == root) {
            if (event.mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED)) return trouble(folder, ENOENT);
            if (is_no_item(name)) return {};
            if (event.mask & IN_MOVED_FROM)
                forget_watch(name);
            else if (event.mask & IN_ISDIR)
                return note_folder(name);
            else
                note(name, event.mask & (IN_CLOSE_WRITE | IN_MOVED_TO));
            return {};
        }
        auto inner = name_of.find(event.wd);
        if (inner == name_of.end()) return {};  // of a sub-folder that left meanwhile
        if (event.mask & IN_IGNORED) {          // deleted
            watch_of.erase(inner->second);
            name_of.erase(inner);
        } else {
            note(inner->second, false);
        }
        return {};
    }

    enum class Look { complete, not_yet, no_item };
    Look look(const std::string& name, Waiting& item, FolderItem& found) {
        auto path = folder / name;
        std::error_code gone;
        auto status = fs::symlink_status(path, gone);
        bool is_folder = fs::is_directory(status);
        if (!is_folder && !fs::is_regular_file(status)) return Look::no_item;
        found = {name, is_folder ? photos_in(path, Links::left_alone) : std::vector{path}, {}};
        found.stamp = stamp_of(found.photos);
        if (found.stamp.empty()) return Look::no_item;  // an empty sub-folder: what comes into it tells

        // A sub-folder also waits for what is still written under a name that is left alone.
        auto all = is_folder ? files_in(path, Links::left_alone) : found.photos;
        auto stamp = is_folder ? stamp_of(all) : found.stamp;
        auto now = std::chrono::steady_clock::now();
        auto writers = writers_of(all);
        if (writers == Writers::some) {
            // The event of closing comes a moment before the kernel counts the writer out, so it is asked again soon.
            item.stamp.clear();
            item.due = now + item.pause;
            item.pause = std::min(2 * item.pause, std::max(quiet, first_look_again));
            return Look::not_yet;
        }
        // The event of making a file comes a moment before the kernel counts its writer in; until then it is empty.
        bool just_made = !is_folder && fs::file_size(path, gone) == 0;
        bool must_be_quiet = is_folder || ((writers == Writers::unknown || just_made) && !item.told_closed);
        if (must_be_quiet && item.stamp != stamp) {
            item.stamp = stamp;
            item.due = now + quiet;
            return Look::not_yet;
        }
        return Look::complete;
    }

    // Looks at what is due, until something is complete.
    std::optional<FolderItem> first_complete() {
        for (auto item = waiting.begin(); item != waiting.end();) {
            if (item->second.due > std::chrono::steady_clock::now()) {
                ++item;
                continue;
            }
            FolderItem found;
            auto seen = look(item->first, item->second, found);
            if (seen == Look::not_yet)
                ++item;
            else
                item = waiting.erase(item);
            if (seen == Look::complete) return found;
        }
        return std::nullopt;
    }

    void sleep() {
        int timeout = -1;  // nothing is due: only an event wakes us
        for (const auto& [name, item] : waiting) {
            auto left = std::chrono::ceil<milliseconds>(item.due - std::chrono::steady_clock::now()).count();
            auto bounded = static_cast<int>(std::clamp<std::int64_t>(left, 0, 3'600'000));
            timeout = timeout < 0 ? bounded : std::min(timeout, bounded);
        }
        pollfd wakes[] = {{inotify.number(), POLLIN, 0}, {stopped.number(), POLLIN, 0}};
        ::poll(wakes, 2, timeout);
    }
};

FolderWatch::FolderWatch(std::unique_ptr<Inside> inside) : inside_(std::move(inside)) {}
FolderWatch::~FolderWatch() = default;

Result<std::unique_ptr<FolderWatch>> FolderWatch::open(fs::path folder, milliseconds quiet, std::vector<std::string> own) {
    auto inside = std::make_unique<Inside>(std::move(folder), quiet, std::move(own));
    if (!inside->inotify || !inside->stopped) return trouble(inside->folder, errno);
    inside->root = ::inotify_add_watch(inside->inotify.number(), inside->folder.c_str(), root_mask);
    if (inside->root < 0) return trouble(inside->folder, errno);
    TRY(inside->scan());  // after the watch: what comes in between is told by both
    return std::unique_ptr<FolderWatch>(new FolderWatch(std::move(inside)));
}

Result<std::optional<FolderItem>> FolderWatch::next(const std::stop_token& stop) {
    std::stop_callback wake(stop, [this] { ::eventfd_write(inside_->stopped.number(), 1); });
    while (!stop.stop_requested()) {
        TRY(inside_->take_events());
        if (auto found = inside_->first_complete()) return found;
        inside_->sleep();
    }
    return std::optional<FolderItem>{};
}

void FolderWatch::give_again(const FolderItem& item, milliseconds after) {
    inside_->waiting[item.name] = {std::chrono::steady_clock::now() + after, true, item.stamp, first_look_again};
}

}  // namespace vitrine::app
