#pragma once
// A short name for the place where somebody is signed in, from what its browser says of itself: "Firefox on Linux".

#include <string>
#include <string_view>

namespace vitrine::auth {

// Printable ASCII, at most 60 characters, never empty. For people to recognise, never to decide by.
std::string device_of(std::string_view user_agent);

}  // namespace vitrine::auth
