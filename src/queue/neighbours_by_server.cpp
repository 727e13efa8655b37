// Neighbours on a PostgreSQL server: one connection a process that LISTENs, and NOTIFYs what is told.
//
// A letter goes out in a transaction of its own, not in the one it tells of: NOTIFY makes all that use it commit one
// after the other. So a letter may be lost, with its process or its connection, and everything that counts on letters
// looks once more when it is told `missed`.

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <map>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "core/descriptor.hpp"
#include "core/log.hpp"
#include "queue/neighbours.hpp"
#include "queue/owner.hpp"
#include "store/postgres_connection.hpp"

namespace vitrine::queue {
namespace {

using std::chrono::milliseconds;
using store::Bind;
using store::PostgresConnection;
using store::Statement;

// Letters between the neighbours themselves: who speaks; who has just come and wants to know who is there; some were lost.
constexpr std::string_view introduction = "i am ", greeting = "who is there", missed = "missed";

constexpr std::size_t bytes_max = 7'000;  // of one NOTIFY: the server takes 8,000
constexpr milliseconds look_every{1'000}, first_pause{100}, longest_pause{2'000}, statement_max{5'000};

constexpr Statement listen_sql{"neighbours.listen",
                               "SELECT set_config('synchronous_commit', 'off', false)"};  // a NOTIFY is a commit, worth no fsync
constexpr Statement notify_sql{"neighbours.notify", "SELECT pg_notify('vitrine ' || current_schema(), :letters)"};
constexpr Statement alive_sql{"neighbours.alive", "SELECT pid FROM pg_stat_activity WHERE pid IS NOT NULL"};
constexpr auto begin_listening = "DO $$ BEGIN EXECUTE format('LISTEN %I', 'vitrine ' || current_schema()); END $$";

class ServerNeighbours final : public Neighbours {
public:
    explicit ServerNeighbours(std::string server) : server_(std::move(server)) {}
    ~ServerNeighbours() override {
        if (thread_.joinable()) {
            thread_.request_stop();
            wake_up();
            thread_.join();
        }
    }

    Result<void> join() {
        if (!wake_) return Error{Kind::unavailable, "queue.neighbours", "No file descriptor is left; raise the limit."};
        TRY(connect());
        thread_ = std::jthread([this](const std::stop_token& stop) { serve(stop); });
        return {};
    }

    void tell(std::string_view letter) override {
        bool heard = outgoing_.with([&](Outgoing& outgoing) {
            auto& [letters, alone, untold] = outgoing;
            if (alone) return untold = true, false;
            if (letters.size() + letter.size() < bytes_max)
                letters.append(letter).push_back('\n');
            else
                letters.assign(missed).push_back('\n');  // of so many letters none matters by itself
            return true;
        });
        if (heard) wake_up();
    }

    std::size_t count() const override { return present_; }

private:
    void wake_up() const {
        const std::uint64_t one = 1;
        (void)!::write(wake_.number(), &one, sizeof one);
    }

    // --- the connection

    Result<void> connect() {
        auto made = TRY(PostgresConnection::open(server_, statement_max));
        TRY(made->rows(listen_sql));
        TRY(made->script("neighbours.listen", begin_listening));
        connection_ = std::move(made);
        processes_.clear();
        return send(std::string(introduction) + this_process() + "\n" + std::string(greeting) + "\n");
    }

    Result<void> send(const std::string& letters) {
        const Bind values[] = {letters};
        TRY(connection_->rows(notify_sql, values));
        return {};
    }

    // --- the thread

    void serve(const std::stop_token& stop) {
        auto pause = first_pause;
        while (!stop.stop_requested()) {
            if (!connection_) {
                if (auto made = connect(); !made) {
                    connection_.reset();
                    wait(pause);
                    pause = std::min(2 * pause, longest_pause);
                    continue;
                }
                log::info("queue.neighbours_again");
                pause = first_pause;
                pass_on_missed();  // whatever was told meanwhile
            }
            if (auto served = serve_once(); !served) {
                log::failed("queue.neighbours_lost", served.error());
                connection_.reset();
                processes_.clear();
                count_present();
            }
        }
    }

    Result<void> serve_once() {
        auto letters = outgoing_.with([](Outgoing& all) { return std::exchange(all.letters, {}); });
        if (!letters.empty()) TRY(send(letters));
        TRY(read_all());  // the answers above may have brought some
        auto since = std::chrono::steady_clock::now() - looked_at_;
        if (since >= look_every) TRY(look_who_is_there());
        wait(look_every);
        return {};
    }

    // Until something arrives, somebody tells something, or the time has passed.
    void wait(milliseconds time) {
        pollfd watched[] = {{wake_.number(), POLLIN, 0}, {connection_ ? connection_->socket() : -1, POLLIN, 0}};
        ::poll(watched, 2, static_cast<int>(time.count()));
        std::uint64_t rung = 0;
        if (watched[0].revents != 0) (void)!::read(wake_.number(), &rung, sizeof rung);
    }

    Result<void> read_all() {
        for (const auto& notice : TRY(connection_->take_notices())) {
            if (notice.sender == connection_->number()) continue;
            std::string_view rest = notice.text;
            while (!rest.empty()) {
                auto end = rest.find('\n');
                take(rest.substr(0, end), notice.sender);
                rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
            }
        }
        return {};
    }

    void take(std::string_view letter, int sender) {
        if (letter.starts_with(introduction)) {
            processes_[sender] = {std::string(letter.substr(introduction.size())), 0};
            count_present();
        } else if (letter == greeting) {
            tell(std::string(introduction) + this_process());
        } else if (letter == missed) {
            pass_on_missed();
        } else {
            pass_on(letter);
        }
    }

    // Who is gone has no connection any more, at two looks: one whose connection broke has made another by then.
    Result<void> look_who_is_there() {
        looked_at_ = std::chrono::steady_clock::now();
        if (processes_.empty()) return {};
        std::vector<int> connected;
        for (const auto& row : TRY(connection_->rows(alive_sql))) connected.push_back(static_cast<int>(row.whole("pid")));
        std::vector<std::string> gone;
        for (auto one = processes_.begin(); one != processes_.end();) {
            bool there = std::ranges::find(connected, one->first) != connected.end();
            one->second.looks_missed = there ? 0 : one->second.looks_missed + 1;
            if (one->second.looks_missed < 2) {
                ++one;
                continue;
            }
            gone.push_back(std::move(one->second.name));
            one = processes_.erase(one);
        }
        count_present();
        for (const auto& name : gone)
            if (std::ranges::none_of(processes_, [&](const auto& other) { return other.second.name == name; })) pass_on_ended(name);
        return {};
    }

    // A NOTIFY that nobody hears costs the server as much as one that is heard. So who is alone tells nothing, and tells
    // the first that comes that it missed something.
    void count_present() {
        present_ = processes_.size();
        bool owed = outgoing_.with([&](Outgoing& outgoing) {
            outgoing.alone = processes_.empty();
            bool owes = outgoing.untold && !outgoing.alone;
            if (owes) outgoing.letters.append(missed).push_back('\n'), outgoing.untold = false;
            return owes;
        });
        if (owed) wake_up();
    }

    struct Outgoing {
        std::string letters{};  // a line each
        bool alone = true;
        bool untold = false;  // something, while alone
    };
    struct Process {
        std::string name;  // this_process() of it
        int looks_missed = 0;
    };

    const std::string server_;
    const Descriptor wake_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    Guarded<Outgoing> outgoing_;
    std::atomic<std::size_t> present_ = 0;
    // Of the thread, once it runs.
    std::unique_ptr<PostgresConnection> connection_;
    std::map<int, Process> processes_;  // by the server's number of their connection
    std::chrono::steady_clock::time_point looked_at_{};
    std::jthread thread_;
};

}  // namespace

Result<std::unique_ptr<Neighbours>> Neighbours::join_server(const std::string& server) {
    auto neighbours = std::make_unique<ServerNeighbours>(server);
    TRY(neighbours->join());
    return std::unique_ptr<Neighbours>(std::move(neighbours));
}

}  // namespace vitrine::queue
