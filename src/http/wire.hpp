#pragma once
// The two ways bytes come and go, plain TCP and TLS over it, as one stream, so that a connection is written once.
//
// Plain bytes go straight to Beast's TCP stream. Encrypted ones take one more step: the handler is put behind one type
// (Waiting), so that OpenSSL's state machine is compiled once, in wire.cpp, and not again for every operation of Beast.

#include <array>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/role.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/websocket/teardown.hpp>
#include <memory>
#include <utility>

#include "http/tls.hpp"

namespace vitrine::http {

// Models Asio's AsyncReadStream and AsyncWriteStream. All on the strand of its socket; at most one read and one write
// at a time. A client that goes without TLS's goodbye is eof like any other: HTTP says itself how long a message is.
class Wire {
public:
    using error_code = boost::system::error_code;
    using executor_type = boost::asio::any_io_executor;
    using next_layer_type = boost::beast::tcp_stream;

    explicit Wire(boost::asio::ip::tcp::socket socket);
    Wire(Wire&&) noexcept;
    ~Wire();

    executor_type get_executor() { return tcp_->get_executor(); }
    next_layer_type& next_layer() { return *tcp_; }
    // For time limits, cancel and close; not for bytes.
    next_layer_type& tcp() { return *tcp_; }
    boost::asio::ip::tcp::socket& socket() { return tcp_->socket(); }
    bool encrypted() const { return tls_ != nullptr; }

    // Speaks TLS from here on. `begun` is what has been read of the client's hello.
    boost::asio::awaitable<error_code> shake_hands(const Certificate&, boost::asio::const_buffer begun);
    // TLS's goodbye, within a second; of a plain wire nothing. Whatever still reads is cancelled.
    boost::asio::awaitable<void> say_goodbye();

    template <class Buffers, class Token>
    auto async_read_some(const Buffers& buffers, Token&& token) {
        auto start = [this](auto handler, const Buffers& into) {
            if (!tls_) return tcp_->async_read_some(into, std::move(handler));
            read_encrypted(first_of(into), Waiting(get_executor(), std::move(handler)));
        };
        return boost::asio::async_initiate<Token, void(error_code, std::size_t)>(std::move(start), token, buffers);
    }

    template <class Buffers, class Token>
    auto async_write_some(const Buffers& buffers, Token&& token) {
        auto start = [this](auto handler, const Buffers& from) {
            if (!tls_) return tcp_->async_write_some(from, std::move(handler));
            write_encrypted(some_of(from), Waiting(get_executor(), std::move(handler)));
        };
        return boost::asio::async_initiate<Token, void(error_code, std::size_t)>(std::move(start), token, buffers);
    }

    // Beast's websocket finds these to end a connection.
    template <class Handler>
    friend void async_teardown(boost::beast::role_type role, Wire& wire, Handler&& handler) {
        if (!wire.tls_) return boost::beast::websocket::async_teardown(role, wire.socket(), std::forward<Handler>(handler));
        wire.shut_encrypted(Waiting(wire.get_executor(), [handler = std::forward<Handler>(handler)](error_code error, std::size_t) mutable {
            std::move(handler)(error);
        }));
    }
    friend void teardown(boost::beast::role_type role, Wire& wire, error_code& error) {
        boost::beast::websocket::teardown(role, wire.socket(), error);
    }

private:
    // A handler of any type behind one.
    class Waiting {
    public:
        using executor_type = boost::asio::any_io_executor;

        template <class Handler>
        Waiting(executor_type executor, Handler handler)
            : executor_(std::move(executor)), handler_(std::make_unique<Of<Handler>>(std::move(handler))) {}

        void operator()(error_code error, std::size_t bytes = 0) {
            auto handler = std::move(handler_);  // it may start the next operation, and ends before it does
            handler->call(error, bytes);
        }
        executor_type get_executor() const noexcept { return executor_; }

    private:
        struct Any {
            virtual ~Any() = default;
            virtual void call(error_code, std::size_t) = 0;
        };
        template <class Handler>
        struct Of final : Any {
            explicit Of(Handler handler) : handler_(std::move(handler)) {}
            void call(error_code error, std::size_t bytes) override {
                auto handler = std::move(handler_);
                std::move(handler)(error, bytes);
            }
            Handler handler_;
        };
        executor_type executor_;
        std::unique_ptr<Any> handler_;
    };

    // A read takes one buffer, a write a few; what is left over comes with the next operation.
    using Pieces = std::array<boost::asio::const_buffer, 4>;
    template <class Buffers>
    static boost::asio::mutable_buffer first_of(const Buffers& buffers) {
        for (auto at = boost::asio::buffer_sequence_begin(buffers); at != boost::asio::buffer_sequence_end(buffers); ++at)
            if (boost::asio::mutable_buffer buffer(*at); buffer.size() > 0) return buffer;
        return {};
    }
    template <class Buffers>
    static Pieces some_of(const Buffers& buffers) {
        Pieces pieces;
        std::size_t count = 0;
        for (auto at = boost::asio::buffer_sequence_begin(buffers); at != boost::asio::buffer_sequence_end(buffers); ++at)
            if (boost::asio::const_buffer buffer(*at); buffer.size() > 0 && count < pieces.size()) pieces[count++] = buffer;
        return pieces;
    }

    struct Encrypted;
    void read_encrypted(boost::asio::mutable_buffer, Waiting);
    void write_encrypted(const Pieces&, Waiting);
    void shut_encrypted(Waiting);

    std::shared_ptr<boost::beast::tcp_stream> tcp_;
    std::unique_ptr<Encrypted> tls_;  // over *tcp_
};

}  // namespace vitrine::http
