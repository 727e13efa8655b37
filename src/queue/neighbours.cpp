#include "queue/neighbours.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <list>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "core/descriptor.hpp"
#include "core/guarded.hpp"
#include "core/id.hpp"
#include "core/log.hpp"
#include "queue/owner.hpp"

namespace vitrine::queue {
namespace {

namespace fs = std::filesystem;

// The first letter over a connection says who speaks, in full; `missed` that letters before it could not be sent.
constexpr std::string_view introduction = "i am ", missed = "missed";
constexpr std::string_view socket_suffix = ".socket";
constexpr std::chrono::seconds join_max{5};  // it takes a millisecond
constexpr int waiting_max = 128;             // who connected and was not accepted yet

Error refused(const fs::path& folder, std::string_view what) {
    return {Kind::unavailable, "queue.neighbours", fmt::format("Processes cannot reach each other through {}: {}.", folder.string(), what),
            folder.string()};
}

Descriptor make_socket() {
    return Descriptor(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

// A socket's address holds 107 characters and the path of a data folder may have more, so the folder is named by its
// descriptor.
sockaddr_un address_of(const Descriptor& folder, std::string_view name) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    fmt::format("/proc/self/fd/{}/{}", folder.number(), name).copy(address.sun_path, sizeof address.sun_path - 1);
    return address;
}

bool send_letter(const Descriptor& socket, std::string_view letter) {
    while (::send(socket.number(), letter.data(), letter.size(), MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
        if (errno != EINTR) return false;
    return true;
}

// Held while a process joins. So whoever is seen in the folder listens already or is dead, and of two who join at once
// exactly one sees the other: there is one connection between them.
Result<Descriptor> lock_folder(const fs::path& path) {
    Descriptor lock(::open((path / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!lock) return refused(path, std::strerror(errno));
    auto until = std::chrono::steady_clock::now() + join_max;
    while (::flock(lock.number(), LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR) return refused(path, std::strerror(errno));
        if (std::chrono::steady_clock::now() > until)
            return refused(path, "another process stands still while it joins; continue or end it");
        std::this_thread::sleep_for(std::chrono::milliseconds{2});
    }
    return lock;
}

class SocketNeighbours final : public Neighbours {
public:
    static Result<std::unique_ptr<Neighbours>> join(const fs::path& folder);
    ~SocketNeighbours() override;
    void tell(std::string_view letter) override;
    std::size_t count() const override;

private:
    struct Neighbour {
        Descriptor socket;
        std::string process{};    // empty until it introduced itself; of the thread
        bool has_missed = false;  // a letter to it did not fit
    };

    const std::string name_ = to_string(make_uuid_v7()) + std::string(socket_suffix);
    Descriptor folder_, listening_, wake_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    Guarded<std::list<Neighbour>> neighbours_;  // added to and removed from by the thread alone, once it runs
    std::jthread thread_;

    Result<void> listen(const fs::path&);
    void connect_to_all(const fs::path&);
    void add(Descriptor);
    void serve(const std::stop_token&);
    void accept_all();
    bool read_all(Neighbour&);
    void tell_missed(Neighbour&);
    void remove(Neighbour&);
    void wake_up() const {
        const std::uint64_t one = 1;
        (void)!::write(wake_.number(), &one, sizeof one);
    }
};

Result<std::unique_ptr<Neighbours>> SocketNeighbours::join(const fs::path& path) {
    auto all = std::make_unique<SocketNeighbours>();
    std::error_code error;
    fs::create_directories(path, error);
    if (error) return refused(path, error.message());
    all->folder_ = Descriptor(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!all->folder_ || !all->wake_) return refused(path, std::strerror(errno));
    {
        auto lock = TRY(lock_folder(path));
        TRY(all->listen(path));
        all->connect_to_all(path);
    }
    all->thread_ = std::jthread([all = all.get()](const std::stop_token& stop) { all->serve(stop); });
    return std::unique_ptr<Neighbours>(std::move(all));
}

SocketNeighbours::~SocketNeighbours() {
    if (!thread_.joinable()) return;  // it never joined
    ::unlinkat(folder_.number(), name_.c_str(), 0);
    thread_.request_stop();
    wake_up();
    thread_.join();
}

void SocketNeighbours::tell(std::string_view letter) {
    bool full = false;
    neighbours_.with([&](auto& neighbours) {
        for (auto& neighbour : neighbours)
            if (!neighbour.has_missed && !send_letter(neighbour.socket, letter)) neighbour.has_missed = full = true;
    });
    if (full) wake_up();  // the thread waits until there is room
}

std::size_t SocketNeighbours::count() const {
    return neighbours_.with([](const auto& neighbours) { return neighbours.size(); });
}

// --- joining -------------------------------------------------------------------------------------------------------

Result<void> SocketNeighbours::listen(const fs::path& path) {
    listening_ = make_socket();
    auto address = address_of(folder_, name_);
    if (!listening_ || ::bind(listening_.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(listening_.number(), waiting_max) != 0)
        return refused(path, std::strerror(errno));
    return {};
}

void SocketNeighbours::connect_to_all(const fs::path& path) {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(path, error)) {
        auto theirs = entry.path().filename().string();
        if (theirs == name_ || !theirs.ends_with(socket_suffix)) continue;
        auto socket = make_socket();
        auto address = address_of(folder_, theirs);
        if (::connect(socket.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
            add(std::move(socket));
        else if (errno == ECONNREFUSED)
            ::unlinkat(folder_.number(), theirs.c_str(), 0);  // nobody listens: it died
        else if (errno != ENOENT)
            log::warn("queue.neighbour_unreachable", {{"socket", theirs}, {"said", std::strerror(errno)}});
    }
}

void SocketNeighbours::add(Descriptor socket) {
    send_letter(socket, std::string(introduction) + this_process());
    neighbours_.with([&](auto& all) { all.push_back({std::move(socket)}); });
}

// --- the thread ----------------------------------------------------------------------------------------------------

void SocketNeighbours::serve(const std::stop_token& stop) {
    while (true) {
        std::vector<pollfd> watched{{wake_.number(), POLLIN, 0}, {listening_.number(), POLLIN, 0}};
        std::vector<Neighbour*> whose{nullptr, nullptr};
        neighbours_.with([&](auto& all) {
            for (auto& neighbour : all) {
                watched.push_back({neighbour.socket.number(), static_cast<short>(neighbour.has_missed ? POLLIN | POLLOUT : POLLIN), 0});
                whose.push_back(&neighbour);
            }
        });
        auto ready = ::poll(watched.data(), watched.size(), -1);
        if (stop.stop_requested()) return;
        if (ready < 0) continue;
        std::uint64_t rung = 0;
        if (watched[0].revents != 0) (void)!::read(wake_.number(), &rung, sizeof rung);
        for (std::size_t i = 2; i < watched.size(); ++i) {
            if ((watched[i].revents & POLLOUT) != 0) tell_missed(*whose[i]);
            if ((watched[i].revents & (POLLIN | POLLHUP | POLLERR)) != 0 && !read_all(*whose[i])) remove(*whose[i]);
        }
        if (watched[1].revents != 0) accept_all();
    }
}

void SocketNeighbours::accept_all() {
    while (true) {
        Descriptor socket(::accept4(listening_.number(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
        if (socket) {
            add(std::move(socket));
        } else if (errno != EINTR && errno != ECONNABORTED) {
            if (errno == EAGAIN) return;
            log::warn("queue.neighbour_refused", {{"said", std::strerror(errno)}});  // no descriptor is left: later, perhaps
            return std::this_thread::sleep_for(std::chrono::milliseconds{100});
        }
    }
}

// False when it has ended.
bool SocketNeighbours::read_all(Neighbour& neighbour) {
    std::array<char, letter_bytes_max> bytes;
    while (true) {
        auto length = ::recv(neighbour.socket.number(), bytes.data(), bytes.size(), MSG_DONTWAIT);
        if (length == 0) return false;
        if (length < 0 && errno == EAGAIN) return true;
        if (length < 0 && errno != EINTR && errno != ECONNRESET) return false;
        if (length < 0) continue;  // a reset comes before the last letters
        std::string_view letter(bytes.data(), static_cast<std::size_t>(length));
        if (letter.starts_with(introduction)) {
            neighbour.process = letter.substr(introduction.size());
            continue;
        }
        letter == missed ? pass_on_missed() : pass_on(letter);
    }
}

void SocketNeighbours::tell_missed(Neighbour& neighbour) {
    neighbours_.with([&](auto&) { neighbour.has_missed = !send_letter(neighbour.socket, missed); });
}

void SocketNeighbours::remove(Neighbour& neighbour) {
    auto process = neighbour.process;
    neighbours_.with([&](auto& all) { all.remove_if([&](const auto& each) { return &each == &neighbour; }); });
    pass_on_ended(process);
}

}  // namespace

// --- both kinds ----------------------------------------------------------------------------------------------------

Result<std::unique_ptr<Neighbours>> Neighbours::join(const fs::path& folder) {
    return SocketNeighbours::join(folder);
}

Neighbours::Hearing Neighbours::hear(Hearer hearer) {
    auto place = hearers_.with([&](auto& hearers) { return hearers.insert(hearers.end(), std::move(hearer)); });
    return {this, [place](Neighbours* all) { all->hearers_.with([&](auto& hearers) { hearers.erase(place); }); }};
}

void Neighbours::pass_on(std::string_view letter) {
    hearers_.with([&](auto& all) {
        for (auto& hearer : all) hearer.letter(letter);
    });
}

void Neighbours::pass_on_missed() {
    hearers_.with([&](auto& all) {
        for (auto& hearer : all) hearer.missed();
    });
}

void Neighbours::pass_on_ended(std::string_view process) {
    hearers_.with([&](auto& all) {
        for (auto& hearer : all) {
            hearer.ended(process);
            hearer.missed();
        }
    });
}

}  // namespace vitrine::queue
