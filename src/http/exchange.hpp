#pragma once
// One request on its way through a connection, from its first byte to its answer.

#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "http/body.hpp"
#include "http/head.hpp"
#include "http/message.hpp"
#include "http/route.hpp"

namespace vitrine::http {

struct Exchange {
    std::chrono::steady_clock::time_point began;
    std::optional<boost::beast::http::request_parser<boost::beast::http::buffer_body>> parser;
    std::optional<Error> malformed;  // the head cannot be trusted: answer with it and close
    Framing framing;
    std::string verb;  // "GET", also those that are no Method of ours
    std::string target;
    bool http_1_0 = false;
    bool keep_alive = false;
    bool expects_continue = false;
    bool head_only = false;  // HEAD: as GET, without the body
    bool websocket = false;  // admitted: what follows is the handshake

    Request request;
    const Route* route = nullptr;    // none: a page, or nothing of ours
    std::unique_ptr<Body> body;      // owns the temporary files
    std::string operation = "none";  // the label in metrics

    bool body_unread() const { return !parser || !parser->is_done(); }
};

}  // namespace vitrine::http
