#include "photo/decoding_jail.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>

#include "core/descriptor.hpp"
#include "core/json.hpp"
#include "core/log.hpp"
#include "photo/jail_letters.hpp"

namespace vitrine::photo {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds start_time_max{30};
// Shared memory stays for the next photo, whose pixels then cost no page faults; a picture larger than this gives it back.
constexpr std::size_t kept_bytes_max = 48'000'000;

Error no_jail(std::string_view what) {
    return {Kind::unavailable, "photo.jail",
            fmt::format("No process could be started for decoding photos ({}: {}).", what, std::strerror(errno))};
}

// Cannot be resized by whom it is shared with.
Result<Descriptor> shared_memory(std::int64_t bytes) {
    Descriptor memory(::memfd_create("vitrine-decode", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (!memory || ::ftruncate(memory.number(), bytes) != 0 ||
        ::fcntl(memory.number(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
        return no_jail("shared memory");
    return memory;
}

// All of it, mapped.
class Mapping {
public:
    Mapping(const Descriptor& memory, std::int64_t bytes)
        : bytes_(static_cast<std::size_t>(bytes)), at_(::mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_SHARED, memory.number(), 0)) {}
    ~Mapping() {
        if (*this) ::munmap(at_, bytes_);
    }
    Mapping(const Mapping&) = delete;
    Mapping& operator=(const Mapping&) = delete;
    explicit operator bool() const { return at_ != MAP_FAILED; }
    std::uint8_t* operator+(std::int64_t offset) const { return static_cast<std::uint8_t*>(at_) + offset; }

private:
    std::size_t bytes_;
    void* at_;
};

// posix_spawn's lists, freed.
struct Actions {
    Actions() { ::posix_spawn_file_actions_init(&list); }
    ~Actions() { ::posix_spawn_file_actions_destroy(&list); }
    Actions(const Actions&) = delete;
    Actions& operator=(const Actions&) = delete;
    posix_spawn_file_actions_t list{};
};
struct Attributes {
    Attributes() { ::posix_spawnattr_init(&list); }
    ~Attributes() { ::posix_spawnattr_destroy(&list); }
    Attributes(const Attributes&) = delete;
    Attributes& operator=(const Attributes&) = delete;
    posix_spawnattr_t list{};
};

// With the two descriptors, /dev/null for the usual three, no others, no environment, and no signal blocked.
std::optional<pid_t> spawn(const JailOptions& options, const Descriptor& socket, const Descriptor& memory) {
    Actions actions;
    for (int usual : {0, 1, 2}) ::posix_spawn_file_actions_addopen(&actions.list, usual, "/dev/null", O_RDWR, 0);
    // By way of numbers that neither of the two can have, lest one be closed by taking the other's.
    ::posix_spawn_file_actions_adddup2(&actions.list, socket.number(), 1000);
    ::posix_spawn_file_actions_adddup2(&actions.list, memory.number(), 1001);
    ::posix_spawn_file_actions_adddup2(&actions.list, 1000, jail_socket);
    ::posix_spawn_file_actions_adddup2(&actions.list, 1001, jail_memory);
    ::posix_spawn_file_actions_addclosefrom_np(&actions.list, jail_memory + 1);
    Attributes attributes;
    sigset_t none, usual;
    ::sigemptyset(&none);
    ::sigemptyset(&usual);
    for (int signal : {SIGPIPE, SIGINT, SIGTERM, SIGHUP}) ::sigaddset(&usual, signal);
    ::posix_spawnattr_setsigmask(&attributes.list, &none);
    ::posix_spawnattr_setsigdefault(&attributes.list, &usual);
    ::posix_spawnattr_setflags(&attributes.list, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);

    std::vector<char*> arguments{const_cast<char*>(options.program.c_str())};
    for (const auto& argument : options.arguments) arguments.push_back(const_cast<char*>(argument.c_str()));
    arguments.push_back(nullptr);
    char* environment[] = {nullptr};
    pid_t child = 0;
    errno = ::posix_spawn(&child, options.program.c_str(), &actions.list, &attributes.list, arguments.data(), environment);
    return errno == 0 ? std::optional(child) : std::nullopt;
}

}  // namespace

// One child process and what is shared with it. One thread at a time.
class DecodingJail::Child {
public:
    // Errors: photo.jail.
    static Result<std::unique_ptr<Child>> start(const JailOptions& options) {
        const JailPlan plan(options.limits);
        auto memory = TRY(shared_memory(plan.end));
        int ends[2];
        if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return no_jail("socket");
        Descriptor ours(ends[0]);
        const Descriptor theirs(ends[1]);
        const auto process = spawn(options, theirs, memory);
        if (!process) return no_jail(options.program.string());
        std::unique_ptr<Child> child(new Child(*process, std::move(ours), std::move(memory), plan, options));
        if (!child->mapping_) return no_jail("shared memory");
        return child;
    }
    ~Child() {
        if (process_ != 0) end();
    }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    int process() const { return process_; }

    // How it went wrong when it did not answer; the child is then no more.
    struct Death {
        bool too_slow = false;
        int signal = 0;  // 0: it ended by itself
    };

    // Waits until the walls are up. Errors: photo.jail, with what the child says; photo.jail_not_ready.
    Result<void> settle() {
        const auto& limits = options_.limits;
        Death death;
        auto answer = tell(JailStart{limits.bytes_max, limits.pixels_max, limits.progressive_scans_max}, start_time_max, death);
        if (answer && answer->refused) return Error{Kind::unavailable, answer->refused->code, answer->refused->message};
        if (!answer)
            return Error{Kind::unavailable, "photo.jail_not_ready",
                         death.too_slow ? "The process for decoding photos was not ready in time."
                                        : fmt::format("The process for decoding photos ended at its start (signal {}).", death.signal)};
        return {};
    }

    // Nothing when the child died of it. The pixels are this child's, until its next photo.
    std::optional<Result<JailAnswer>> decode(std::span<const std::uint8_t> file, Death& death) {
        std::ranges::copy(file, mapping_ + 0);
        auto answer = tell(JailAsk{static_cast<std::int64_t>(file.size())}, options_.time_max, death);
        if (!answer) return std::nullopt;
        if (const auto& refused = answer->refused)
            return Result<JailAnswer>(Error{refused->passing ? Kind::unavailable : Kind::invalid, refused->code, refused->message});
        if (!believable(*answer))
            return Result<JailAnswer>(
                Error{Kind::invalid, "photo.damaged", "The photo is damaged: its decoder was made to tell impossible sizes."});
        return Result<JailAnswer>(*answer);
    }
    std::uint8_t* largest() const { return mapping_ + plan_.largest; }
    std::uint8_t* working() const { return mapping_ + plan_.working; }
    // Nobody looks at the pixels any more.
    void let_go(std::size_t largest_bytes) {
        if (largest_bytes > kept_bytes_max)
            ::fallocate(memory_.number(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, plan_.largest, plan_.working - plan_.largest);
    }

private:
    Child(pid_t process, Descriptor socket, Descriptor memory, const JailPlan& plan, const JailOptions& options)
        : process_(process),
          socket_(std::move(socket)),
          memory_(std::move(memory)),
          plan_(plan),
          mapping_(memory_, plan.end),
          options_(options) {}

    // Sends a letter and waits for the answer to it. None: `death` says why, and the child is gone.
    template <class Letter>
    std::optional<JailAnswer> tell(const Letter& letter, std::chrono::milliseconds time_max, Death& death) {
        const auto text = json::print(json::write(letter));
        const auto until = Clock::now() + time_max;
        if (::send(socket_.number(), text.data(), text.size(), MSG_NOSIGNAL) < 0) {
            death = end();
            return std::nullopt;
        }
        for (;;) {
            const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
            pollfd waits{socket_.number(), POLLIN, 0};
            const int seen = left > 0 ? ::poll(&waits, 1, static_cast<int>(left)) : 0;
            if (seen < 0 && errno == EINTR) continue;
            if (seen > 0) break;
            death = end();
            death.too_slow = true;
            return std::nullopt;
        }
        std::array<char, letter_bytes_max> answer{};
        const auto size = ::recv(socket_.number(), answer.data(), answer.size(), 0);
        if (size > 0)
            if (auto tree = json::parse({answer.data(), static_cast<std::size_t>(size)}))
                if (auto read = json::read<JailAnswer>(*tree)) return *std::move(read);
        death = end();  // it is gone already, or it talks nonsense
        return std::nullopt;
    }

    bool believable(const JailAnswer& answer) const {
        const auto fits = [](std::int64_t width, std::int64_t height, std::int64_t bytes) {
            return width > 0 && height > 0 && width <= bytes / 3 / height;
        };
        const auto large = plan_.working - plan_.largest, small = plan_.end - plan_.working;
        return fits(answer.width, answer.height, large) && fits(answer.largest_width, answer.largest_height, large) &&
               fits(answer.working_width, answer.working_height, answer.working_is_largest ? large : small) &&
               (!answer.working_is_largest ||
                (answer.working_width == answer.largest_width && answer.working_height == answer.largest_height));
    }

    Death end() {
        socket_.close();
        int status = 0;
        // One that is dying already keeps its own reason.
        for (int tries = 0; ::waitpid(process_, &status, WNOHANG) == 0; ++tries) {
            if (tries == 5) ::kill(process_, SIGKILL);
            ::usleep(1000);
        }
        process_ = 0;
        return {.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0};
    }

    pid_t process_;
    Descriptor socket_, memory_;
    JailPlan plan_;
    Mapping mapping_;
    const JailOptions& options_;
};

// A child for one photo, and as long as its pixels are looked at: one that is free, or a new one.
class DecodingJail::Loan {
public:
    explicit Loan(DecodingJail& jail) : jail_(jail) {
        std::unique_lock lock(jail_.mutex_);
        jail_.returned_.wait(lock, [&] { return jail_.lent_ < jail_.options_.children_max; });
        ++jail_.lent_;
        if (jail_.free_.empty()) return;
        child_ = std::move(jail_.free_.back());
        jail_.free_.pop_back();
    }
    ~Loan() {
        if (child_) child_->let_go(largest_bytes);
        std::scoped_lock lock(jail_.mutex_);
        --jail_.lent_;
        if (child_) jail_.free_.push_back(std::move(child_));
        jail_.returned_.notify_one();
    }
    Loan(const Loan&) = delete;
    Loan& operator=(const Loan&) = delete;

    Result<Child*> child() {
        if (child_) return child_.get();
        auto started = TRY(Child::start(jail_.options_));
        TRY(started->settle());
        child_ = std::move(started);
        return child_.get();
    }
    void bury() { child_.reset(); }

    std::size_t largest_bytes = 0;

private:
    DecodingJail& jail_;
    std::unique_ptr<Child> child_;
};

namespace {

std::size_t bytes_of(int width, int height) {
    return static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3;
}

}  // namespace

DecodingJail::DecodingJail(JailOptions options) : options_(std::move(options)) {}
DecodingJail::~DecodingJail() = default;

Result<void> DecodingJail::warm() {
    Loan loan(*this);
    TRY(loan.child());
    return {};
}

Result<Decoded> DecodingJail::decode(std::span<const std::uint8_t> file) {
    if (static_cast<std::int64_t>(file.size()) > options_.limits.bytes_max)
        return photo::decode(file, options_.limits);  // refused, in words
    auto loan = std::make_shared<Loan>(*this);
    Child::Death death;
    for (int attempt = 1; attempt <= 2; ++attempt) {  // the first may have died of something else, as of too little memory
        auto* child = TRY(loan->child());
        if (auto answered = child->decode(file, death)) {
            auto answer = TRY(*std::move(answered));
            Decoded decoded;
            decoded.header = {answer.format, answer.width, answer.height, answer.turn};
            decoded.perceptual_hash = static_cast<std::uint64_t>(answer.perceptual_hash);
            loan->largest_bytes = bytes_of(answer.largest_width, answer.largest_height);
            auto lent = [&](std::uint8_t* at, int width, int height) {
                return Picture{width, height, lent_pixels(std::shared_ptr<std::uint8_t>(loan, at), bytes_of(width, height))};
            };
            decoded.largest = lent(child->largest(), answer.largest_width, answer.largest_height);
            decoded.working =
                lent(answer.working_is_largest ? child->largest() : child->working(), answer.working_width, answer.working_height);
            return decoded;
        }
        loan->bury();
        log::warn("photo.decoder_died", {{"attempt", attempt}, {"signal", death.signal}, {"too_slow", death.too_slow}});
        if (death.too_slow)
            return Error{Kind::invalid, "photo.too_slow",
                         fmt::format("Decoding this photo takes more than {} s. Save it again, smaller, and send that.",
                                     std::chrono::duration_cast<std::chrono::seconds>(options_.time_max).count())};
    }
    if (death.signal == SIGKILL)
        return Error{Kind::unavailable, "photo.decoder_died",
                     "The process that decodes photos was killed twice; the machine may be out of memory."};
    return Error{Kind::invalid, "photo.decoder_died",
                 "This photo makes its decoder fail: it is damaged, or made to do harm. Save it again with a photo program and send that."};
}

std::vector<int> DecodingJail::children() const {
    std::scoped_lock lock(mutex_);
    std::vector<int> processes;
    for (const auto& child : free_) processes.push_back(child->process());
    return processes;
}

}  // namespace vitrine::photo
