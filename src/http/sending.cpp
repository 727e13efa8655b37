// Answers on their way out.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>

#include "core/descriptor.hpp"
#include "core/log.hpp"
#include "http/answer.hpp"
#include "http/connection.hpp"

namespace vitrine::http {
namespace {

namespace asio = boost::asio;
constexpr auto awaited = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t chunk_bytes = 64 * 1024;

class OpenFile {
public:
    explicit OpenFile(const std::filesystem::path& path) : descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
        struct stat status {};
        if (descriptor_ && ::fstat(descriptor_.number(), &status) == 0 && S_ISREG(status.st_mode))
            bytes_ = static_cast<std::uint64_t>(status.st_size);
    }

    std::optional<std::uint64_t> bytes() const { return bytes_; }
    // How many bytes it read: fewer than asked for only when the file has become shorter or cannot be read.
    std::size_t read(std::uint64_t at, std::span<char> into) const {
        std::size_t done = 0;
        while (done < into.size()) {
            auto read = ::pread(descriptor_.number(), into.data() + done, into.size() - done, static_cast<off_t>(at + done));
            if (read < 0 && errno == EINTR) continue;
            if (read <= 0) break;
            done += static_cast<std::size_t>(read);
        }
        return done;
    }

private:
    Descriptor descriptor_;
    std::optional<std::uint64_t> bytes_;
};

}  // namespace

// True: all of it is out. A client that takes it too slowly is cut, as one that sends too slowly.
asio::awaitable<bool> Connection::write(std::string_view head, std::string_view body) {
    const auto& limits = shared_.options.limits;
    auto bytes = static_cast<std::int64_t>(head.size() + body.size());
    wire_.tcp().expires_after(std::chrono::seconds(limits.header_seconds_max + bytes / limits.body_bytes_per_second_min));
    std::array<asio::const_buffer, 2> buffers{asio::buffer(head), asio::buffer(body)};
    auto [error, written] = co_await asio::async_write(wire_, buffers, awaited);
    (void)written;
    co_return !error;
}

asio::awaitable<bool> Connection::send(Exchange& exchange, Response& response) {
    complete(response, exchange.request);
    if (shared_.options.strict_transport && wire_.encrypted())
        response.headers.set("strict-transport-security", "max-age=15552000");  // half a year
    apply_condition(response, exchange.request);
    bool sent = false;
    if (const auto* file = std::get_if<FileBody>(&response.body)) {
        auto body = *file;
        sent = co_await send_file(exchange, response, body);
    } else if (const auto* stream = std::get_if<std::shared_ptr<EventStream>>(&response.body)) {
        auto events = *stream;
        response.body = std::string();
        sent = co_await send_stream(exchange, response, events);
    } else {
        sent = co_await send_text(exchange, response, std::get<std::string>(response.body));
    }
    co_return sent;
}

asio::awaitable<bool> Connection::send_text(Exchange& exchange, const Response& response, const std::string& text) {
    auto head = head_text(response, {text.size(), exchange.keep_alive, exchange.http_1_0});
    bool without_body = exchange.head_only || response.status == 204 || response.status == 304;
    bool sent = co_await write(head, without_body ? std::string_view{} : std::string_view(text));
    co_return sent;
}

asio::awaitable<bool> Connection::send_file(Exchange& exchange, Response& response, const FileBody& body) {
    OpenFile file(body.path);
    if (!file.bytes()) {
        Error missing{Kind::corrupt, "http.file_missing", "The file of this address is missing on the server."};
        log::Context context(exchange.request.request_id);
        log::failed("http.file_missing", missing, log::Level::error);
        auto instead = problem(missing, exchange.request.request_id);
        complete(instead, exchange.request);
        bool sent = co_await send_text(exchange, instead, std::get<std::string>(instead.body));
        co_return sent;
    }
    auto range = exchange.head_only ? std::optional(Range{0, *file.bytes()}) : apply_range(response, exchange.request, *file.bytes());
    auto left = range ? range->bytes : 0;
    auto at = range ? range->first : 0;
    auto head = head_text(response, {left, exchange.keep_alive, exchange.http_1_0});
    if (exchange.head_only) left = 0;
    std::string chunk(static_cast<std::size_t>(std::min<std::uint64_t>(left, chunk_bytes)), '\0');
    do {
        auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(left, chunk.size()));
        auto got = file.read(at, std::span(chunk).first(wanted));
        bool sent = co_await write(head, std::string_view(chunk).substr(0, got));
        // A short file cannot be mended once its length is out: the client sees the connection break.
        if (!sent || got < wanted) co_return false;
        head.clear();
        at += got;
        left -= got;
    } while (left > 0);
    co_return true;
}

}  // namespace vitrine::http
