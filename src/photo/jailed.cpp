// The child's side of decoding_jail.hpp.

#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <new>

#include "core/json.hpp"
#include "photo/decode_into.hpp"
#include "photo/decoding_jail.hpp"
#include "photo/jail_letters.hpp"
#include "photo/jail_walls.hpp"
#include "photo_embedded.hpp"

namespace vitrine::photo {
namespace {

// A progressive CMYK JPEG or an interlaced 16-bit PNG of 60 megapixels takes about 0.5 GB beside its pixels.
constexpr std::uint64_t memory_bytes_max = 1'500'000'000;
constexpr unsigned seconds_max = 120;  // a child whose parent is gone must not decode for ever

// Both end the process when the parent is gone, or makes no sense.
template <class Letter>
Letter receive() {
    std::array<char, letter_bytes_max> text{};
    ssize_t size = 0;
    do size = ::recv(jail_socket, text.data(), text.size(), 0);
    while (size < 0 && errno == EINTR);
    if (size <= 0) ::_exit(0);
    auto tree = json::parse({text.data(), static_cast<std::size_t>(size)});
    auto letter = tree ? json::read<Letter>(*tree) : Result<Letter>(tree.error());
    if (!letter) ::_exit(1);
    return *letter;
}
void send(const JailAnswer& answer) {
    const auto text = json::print(json::write(answer));
    if (::send(jail_socket, text.data(), text.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(text.size())) ::_exit(0);
}

JailAnswer refusal(const Error& error) {
    JailAnswer answer;
    answer.refused = JailRefusal{error.code, error.message.substr(0, letter_bytes_max / 4), error.kind == Kind::unavailable};
    return answer;
}

// Loaders, decoders and colour profiles that are loaded at their first use come in while files can still be opened.
Result<void> wake_libraries() {
    std::vector<std::uint8_t> canvas;
    for (const auto& sample : embedded_files()) {
        const std::span file(reinterpret_cast<const std::uint8_t*>(sample.bytes.data()), sample.bytes.size());
        TRY(decode_into(file, {}, [&](int width, int height) {
            canvas.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3);
            return canvas.data();
        }));
    }
    return {};
}

// One photo after another.
class Cell {
public:
    Cell(const Limits& limits, std::uint8_t* memory) : limits_(limits), plan_(limits), memory_(memory) {}

    JailAnswer answer(const JailAsk& ask) try {
        if (ask.bytes < 0 || ask.bytes > limits_.bytes_max) return refusal({Kind::invalid, "photo.too_large", "The file is too large."});
        auto decoded =
            decode_into({memory_, static_cast<std::size_t>(ask.bytes)}, limits_, [&](int, int) { return memory_ + plan_.largest; });
        if (!decoded) return refusal(decoded.error());
        const auto& [photo, working_is_largest] = *decoded;
        std::copy_n(photo.working.rgb.data(), photo.working.rgb.size(), memory_ + plan_.working);
        const auto& header = photo.header;
        return {std::nullopt,
                header.format,
                header.width,
                header.height,
                header.turn,
                photo.largest.width,
                photo.largest.height,
                photo.working.width,
                photo.working.height,
                working_is_largest,
                static_cast<std::int64_t>(photo.perceptual_hash)};
    } catch (const std::bad_alloc&) {
        return refusal({Kind::invalid, "photo.too_much_memory", "Decoding this photo takes more memory than it may have."});
    }

private:
    Limits limits_;
    JailPlan plan_;
    std::uint8_t* memory_;
};

}  // namespace

void decode_in_jail() {
    ::prctl(PR_SET_NAME, "vitrine-decode");
    ::signal(SIGINT, SIG_IGN);  // Ctrl-C goes to the whole group; our parent says when it is over
    const auto start = receive<JailStart>();
    const Limits limits{start.bytes_max, start.pixels_max, start.progressive_scans_max};
    void* memory = ::mmap(nullptr, static_cast<std::size_t>(JailPlan(limits).end), PROT_READ | PROT_WRITE, MAP_SHARED, jail_memory, 0);
    if (memory == MAP_FAILED) ::_exit(1);
    ::close(jail_memory);

    auto walls = wake_libraries();
    if (walls) walls = raise_walls(memory_bytes_max);
    if (!walls) {
        send(refusal(walls.error()));
        ::_exit(1);
    }
    send({});

    Cell cell(limits, static_cast<std::uint8_t*>(memory));
    for (;;) {
        const auto ask = receive<JailAsk>();
        ::alarm(seconds_max);
        send(cell.answer(ask));
        ::alarm(0);
    }
}

}  // namespace vitrine::photo
