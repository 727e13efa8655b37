#pragma once
// The routes that belong to no slice: catalog, jobs, events, infer, phone, health, ready, metrics, docs.

#include "app/door.hpp"
#include "app/house.hpp"
#include "http/route.hpp"
#include "http/server.hpp"

namespace vitrine::app {

void add_catalog_routes(http::Router&, House&);
void add_jobs_routes(http::Router&, House&);
void add_events_routes(http::Router&, House&);
void add_infer_routes(http::Router&, House&);
void add_reload_routes(http::Router&, House&);
void add_operations_routes(http::Router&, House&, const std::filesystem::path& data);
void add_phone_routes(http::Router&, const Door&);
http::WebSocketHandler events_socket(House&);

// Every route of the program: what is served, what `vitrine openapi` writes, what the route-matrix test walks.
// The house and the door outlive the router.
void add_all_routes(http::Router&, House&, const std::filesystem::path& data, const Door&);

}  // namespace vitrine::app
