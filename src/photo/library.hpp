#pragma once
// libvips, made safe to point at strangers' files: only four loaders work, nothing is cached, no threads of its own.

#include <memory>
#include <string>

// Named, not included: the room's headers stand without libvips.
typedef struct _VipsImage VipsImage;
typedef struct _VipsRegion VipsRegion;

namespace vitrine::photo {

// Starts libvips on the first call, and lets this thread use it. Called before anything else here. Any thread.
void use_library();

// What libvips said went wrong, for the log; forgets it.
std::string library_error();

struct Unref {
    void operator()(VipsImage*) const;
    void operator()(VipsRegion*) const;
};
using Image = std::unique_ptr<VipsImage, Unref>;
using Region = std::unique_ptr<VipsRegion, Unref>;

}  // namespace vitrine::photo
