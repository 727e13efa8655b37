#pragma once
// The other processes on the same database: each hears at once what another has to tell, and that another has ended.
//
// A letter is a few words ("job listing.draft"): what happened stands in the database, the letter says to look. There are
// two kinds of neighbours:
// - On this host, over SQLite: every process listens on a Unix socket in one folder and has one connection to every
//   other. The kernel ends a connection with its process, however that died and in whatever container it ran, so its end
//   is heard within milliseconds.
// - On any host, over PostgreSQL: every process LISTENs on a connection of its own, and tells by NOTIFY. The server ends
//   a connection with its process or host; the others ask it every second who is there, so an end is heard within seconds.

#include <cstddef>
#include <filesystem>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <string_view>

#include "core/guarded.hpp"
#include "core/result.hpp"

namespace vitrine::queue {

// Any thread. A child of fork() that does not exec must close what it inherits, or its parent's death is not heard.
class Neighbours {
public:
    // Connects to all who listen in `folder` (made when missing), and removes the sockets of those who died. The folder's
    // path may be of any length.
    // Errors: queue.neighbours, in words: the folder's file system has no sockets, or another process stands still while
    // it joins.
    static Result<std::unique_ptr<Neighbours>> join(const std::filesystem::path& folder);
    // The neighbours on a PostgreSQL server. When the connection is lost it is made anew, for as long as it takes, and
    // then everybody is told `missed`. Errors: those of Database::open.
    static Result<std::unique_ptr<Neighbours>> join_server(const std::string& server);
    virtual ~Neighbours() = default;
    Neighbours(const Neighbours&) = delete;
    Neighbours& operator=(const Neighbours&) = delete;

    // Tells all of them; at most letter_bytes_max. Never waits: who is too slow to read is told, once it reads again, that
    // it missed something.
    virtual void tell(std::string_view letter) = 0;
    static constexpr std::size_t letter_bytes_max = 256;

    struct Hearer {
        std::function<void(std::string_view letter)> letter;
        std::function<void()> missed;                         // any letter may have been lost: look at everything
        std::function<void(std::string_view process)> ended;  // this_process() of one that is gone; `missed` follows
    };
    // Called on one thread of this object, one call at a time, in order of arrival. After the handle is destroyed no call
    // runs. The handle is not destroyed inside a call, and not after the Neighbours.
    using Hearing = std::shared_ptr<void>;
    Hearing hear(Hearer);

    // How many there are now, this process not counted.
    virtual std::size_t count() const = 0;

protected:
    Neighbours() = default;
    // For the one thread that hears.
    void pass_on(std::string_view letter);
    void pass_on_missed();
    void pass_on_ended(std::string_view process);

private:
    Guarded<std::list<Hearer>> hearers_;
};

}  // namespace vitrine::queue
