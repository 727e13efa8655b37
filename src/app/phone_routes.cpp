// What the page "Open on your phone" shows: where to go, what to trust, and both as a QR code.

#include "app/door.hpp"
#include "app/qr.hpp"
#include "app/routes.hpp"

namespace vitrine::app {
namespace {

using http::Request;
using http::Response;
using http::Right;

// The first address to open, which leads to the other.
Result<std::string> first_address(const WayIn& way) {
    if (way.trust_address) return *way.trust_address;
    if (way.address) return *way.address;
    return Error{Kind::invalid, "phone.no_way_in",
                 "Only this machine is listened to. Start vitrine with --listen 0.0.0.0:8080 --tls to open it on a phone."};
}

}  // namespace

void add_phone_routes(http::Router& router, const Door& door) {
    router.add(http::get<WayIn>("/api/v1/phone", Right::signed_in, "phone.find",
                                "How a phone opens this vitrine: its address, and what it must trust before.",
                                [&door](Request&) -> Result<WayIn> { return door.way_in(); }));

    http::Route code{http::Method::get, "/api/v1/phone/code.svg", Right::signed_in, "phone.code",
                     "The address that a phone opens first, as a QR code."};
    code.answer_type = "image/svg+xml";
    code.handler = [&door](Request&) -> Result<Response> {
        auto qr = TRY(Qr::encode(TRY(first_address(door.way_in()))));
        return Response::text(200, "image/svg+xml", qr.svg());
    };
    router.add(std::move(code));
}

}  // namespace vitrine::app
