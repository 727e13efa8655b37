#pragma once
// The other processes of this host on the same database: each hears at once what another has to tell, and that another
// has ended.
//
// Every process listens on a Unix socket in one folder and has one connection to every other. A letter is a few words
// ("job listing.draft"): what happened stands in the database, the letter says to look. The kernel ends a connection with
// its process, however that died and in whatever container it ran, so its end is heard within milliseconds.

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <string_view>

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
    ~Neighbours();

    // Tells all of them; at most letter_bytes_max. Never waits: who is too slow to read is told, once it reads again, that
    // it missed something.
    void tell(std::string_view letter);
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

    // How many are connected now.
    std::size_t count() const;

private:
    struct Inside;
    explicit Neighbours(std::unique_ptr<Inside>);
    std::unique_ptr<Inside> inside_;
};

}  // namespace vitrine::queue
