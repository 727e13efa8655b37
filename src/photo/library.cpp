#include "photo/library.hpp"

#include <vips/vips.h>

#include <cstdlib>
#include <mutex>

#include "core/log.hpp"
#include "photo/hevc_decoder.hpp"

namespace vitrine::photo {
namespace {

void log_line(const char*, GLogLevelFlags level, const char* message, void*) {
    if (level & G_LOG_LEVEL_ERROR)
        log::error("photo.library", {{"said", message}});
    else
        log::debug("photo.library", {{"said", message}});
}

void start() {
    // libvips would read settings that change what it loads and how from here.
    for (const char* name : {"VIPS_CONCURRENCY", "VIPS_BLOCK_UNTRUSTED", "VIPS_WARNING", "VIPS_INFO"}) unsetenv(name);
    g_log_set_handler("VIPS", static_cast<GLogLevelFlags>(G_LOG_LEVEL_MASK | G_LOG_FLAG_FATAL | G_LOG_FLAG_RECURSION), log_line, nullptr);
    if (VIPS_INIT("vitrine") != 0) {
        log::error("photo.library_start", {{"said", library_error()}});
        std::abort();  // installed wrongly: no photo could ever be read
    }
    if (!use_hevc_decoder()) log::warn("photo.hevc_decoder", {{"said", "libheif keeps its own, slower one"}});
    // Jobs run side by side already; within one photo, threads only cost.
    vips_concurrency_set(1);
    vips_cache_set_max(0);
    vips_operation_block_set("VipsForeignLoad", TRUE);
    for (const char* loader : {"VipsForeignLoadJpeg", "VipsForeignLoadPng", "VipsForeignLoadWebp", "VipsForeignLoadHeif"})
        vips_operation_block_set(loader, FALSE);
}

// libvips keeps buffers a thread and frees them only when told that the thread ends.
struct ThreadEnd {
    ~ThreadEnd() { vips_thread_shutdown(); }
};

}  // namespace

void use_library() {
    static std::once_flag once;
    std::call_once(once, start);
    thread_local ThreadEnd end;
}

void Unref::operator()(VipsImage* image) const {
    g_object_unref(image);
}
void Unref::operator()(VipsRegion* region) const {
    g_object_unref(region);
}

std::string library_error() {
    char* words = vips_error_buffer_copy();
    std::string copy = words ? words : "";
    g_free(words);
    while (!copy.empty() && copy.back() == '\n') copy.pop_back();
    return copy;
}

}  // namespace vitrine::photo
