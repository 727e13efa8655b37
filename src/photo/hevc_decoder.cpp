#include "photo/hevc_decoder.hpp"

#include <libheif/heif.h>
#include <libheif/heif_plugin.h>
#include <sys/mman.h>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/pixdesc.h>
}

#include <cstring>
#include <memory>
#include <optional>
#include <vector>

#include "core/log.hpp"
#include "photo/photo.hpp"

namespace vitrine::photo {
namespace {

constexpr heif_error fine{heif_error_Ok, heif_suberror_Unspecified, ""};

heif_error refused(const char* words) {
    return {heif_error_Decoder_plugin_error, heif_suberror_Unspecified, words};
}

// One picture's stream, in the form that libavcodec takes (Rec. ITU-T H.265, annex B).
struct Stream {
    std::vector<std::uint8_t> bytes;
};

using Context = std::unique_ptr<AVCodecContext, decltype([](AVCodecContext* context) { avcodec_free_context(&context); })>;
using Packet = std::unique_ptr<AVPacket, decltype([](AVPacket* packet) { av_packet_free(&packet); })>;
using Frame = std::unique_ptr<AVFrame, decltype([](AVFrame* frame) { av_frame_free(&frame); })>;
using HeifImage = std::unique_ptr<heif_image, decltype([](heif_image* image) { heif_image_release(image); })>;
using Nclx = std::unique_ptr<heif_color_profile_nclx, decltype([](heif_color_profile_nclx* nclx) { heif_nclx_color_profile_free(nclx); })>;

// Planes of 12 megapixels in huge pages: most of what their memory costs is the page faults (see pixels.hpp).
void ask_for_huge_pages(std::uint8_t* block, std::size_t bytes) {
    constexpr std::size_t page = 4096, huge_page = std::size_t{2} << 20;
    const std::size_t before = (page - reinterpret_cast<std::uintptr_t>(block) % page) % page;
    if (bytes > before + huge_page) ::madvise(block + before, (bytes - before) / page * page, MADV_HUGEPAGE);
}

int new_frame(AVCodecContext* context, AVFrame* frame, int flags) {
    const int failed = avcodec_default_get_buffer2(context, frame, flags);
    for (const AVBufferRef* buffer : frame->buf)
        if (buffer) ask_for_huge_pages(buffer->data, buffer->size);
    return failed;
}

// Slices and parameter sets (H.265, table 7-1). Notes beside the picture (SEI) are left out: some that cameras write are
// not to the letter, and damage is an error here.
bool is_picture_data(int unit_type) {
    return unit_type <= 21 || (unit_type >= 32 && unit_type <= 34);
}

// `data` holds units, each after its length in four bytes (ISO/IEC 14496-15, section 8.3.2).
heif_error push_data(void* decoder, const void* data, std::size_t size) {
    auto& stream = *static_cast<Stream*>(decoder);
    auto at = static_cast<const std::uint8_t*>(data), end = at + size;
    while (at != end) {
        if (end - at < 4) return {heif_error_Decoder_plugin_error, heif_suberror_End_of_data, "a unit's length is cut off"};
        const auto length = std::size_t{at[0]} << 24 | std::size_t{at[1]} << 16 | std::size_t{at[2]} << 8 | at[3];
        at += 4;
        if (length > static_cast<std::size_t>(end - at))
            return {heif_error_Decoder_plugin_error, heif_suberror_End_of_data, "a unit is cut off"};
        if (length > 2 && is_picture_data(at[0] >> 1 & 0x3f)) {
            stream.bytes.insert(stream.bytes.end(), {0, 0, 0, 1});
            stream.bytes.insert(stream.bytes.end(), at, at + length);
        }
        at += length;
    }
    return fine;
}

Frame decoded(Stream& stream) {
    Context context(avcodec_alloc_context3(avcodec_find_decoder(AV_CODEC_ID_HEVC)));
    Packet packet(av_packet_alloc());
    Frame frame(av_frame_alloc());
    if (!context || !packet || !frame) return {};
    context->get_buffer2 = new_frame;
    context->thread_count = 1;  // photos are decoded side by side already, and so are the tiles of one
    context->max_pixels = Limits{}.pixels_max;
    context->err_recognition = AV_EF_EXPLODE;  // what it notices as damage is refused, not painted over
    if (avcodec_open2(context.get(), context->codec, nullptr) < 0) return {};
    const auto size = stream.bytes.size();
    stream.bytes.resize(size + AV_INPUT_BUFFER_PADDING_SIZE);
    packet->data = stream.bytes.data();
    packet->size = static_cast<int>(size);
    if (avcodec_send_packet(context.get(), packet.get()) < 0 || avcodec_send_packet(context.get(), nullptr) < 0 ||
        avcodec_receive_frame(context.get(), frame.get()) < 0)
        return {};
    return frame;
}

std::optional<heif_chroma> chroma_of(const AVPixFmtDescriptor& format) {
    if (format.nb_components == 1) return heif_chroma_monochrome;
    if (format.nb_components != 3 || format.flags & (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_BE)) return std::nullopt;
    switch (format.log2_chroma_w << 1 | format.log2_chroma_h) {
        case 0b11:
            return heif_chroma_420;
        case 0b10:
            return heif_chroma_422;
        case 0b00:
            return heif_chroma_444;
        default:
            return std::nullopt;
    }
}

heif_error copy_plane(const AVFrame& frame, const AVPixFmtDescriptor& format, int component, heif_image* into) {
    const bool chroma = component > 0;
    const int width = chroma ? AV_CEIL_RSHIFT(frame.width, format.log2_chroma_w) : frame.width;
    const int height = chroma ? AV_CEIL_RSHIFT(frame.height, format.log2_chroma_h) : frame.height;
    const auto channel = component == 0 ? heif_channel_Y : component == 1 ? heif_channel_Cb : heif_channel_Cr;
    const int depth = format.comp[component].depth;
    if (auto error = heif_image_add_plane(into, channel, width, height, depth); error.code != heif_error_Ok) return error;
    int stride = 0;
    std::uint8_t* target = heif_image_get_plane(into, channel, &stride);
    ask_for_huge_pages(target, static_cast<std::size_t>(stride) * static_cast<std::size_t>(height));
    const auto row = static_cast<std::size_t>(width) * (depth > 8 ? 2 : 1);
    for (int y = 0; y < height; ++y)
        std::memcpy(target + std::ptrdiff_t{y} * stride, frame.data[component] + std::ptrdiff_t{y} * frame.linesize[component], row);
    return fine;
}

// How the stream itself says its colours are meant; libheif prefers what the file's boxes say.
void describe_colours(const AVFrame& frame, heif_image* image) {
    Nclx nclx(heif_nclx_color_profile_alloc());
    heif_nclx_color_profile_set_color_primaries(nclx.get(), static_cast<std::uint16_t>(frame.color_primaries));
    heif_nclx_color_profile_set_transfer_characteristics(nclx.get(), static_cast<std::uint16_t>(frame.color_trc));
    heif_nclx_color_profile_set_matrix_coefficients(nclx.get(), static_cast<std::uint16_t>(frame.colorspace));
    nclx->full_range_flag = frame.color_range == AVCOL_RANGE_JPEG;
    heif_image_set_nclx_color_profile(image, nclx.get());
}

heif_error decode_image(void* decoder, heif_image** out) {
    Frame frame = decoded(*static_cast<Stream*>(decoder));
    if (!frame) return refused("the HEVC stream cannot be decoded");
    const AVPixFmtDescriptor* format = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame->format));
    const auto chroma = format ? chroma_of(*format) : std::nullopt;
    if (!chroma) return refused("an HEVC pixel format that is not known here");

    heif_image* made = nullptr;
    const auto colourspace = *chroma == heif_chroma_monochrome ? heif_colorspace_monochrome : heif_colorspace_YCbCr;
    if (auto error = heif_image_create(frame->width, frame->height, colourspace, *chroma, &made); error.code != heif_error_Ok) return error;
    HeifImage image(made);
    for (int component = 0; component < format->nb_components; ++component)
        if (auto error = copy_plane(*frame, *format, component, image.get()); error.code != heif_error_Ok) return error;
    describe_colours(*frame, image.get());
    *out = image.release();
    return fine;
}

constexpr heif_decoder_plugin plugin{
    .plugin_api_version = 3,
    .get_plugin_name = [] { return "libavcodec HEVC"; },
    .init_plugin = nullptr,
    .deinit_plugin = nullptr,
    .does_support_format = [](heif_compression_format format) { return format == heif_compression_HEVC ? 200 : 0; },  // libde265's is 100
    .new_decoder =
        [](void** decoder) {
            *decoder = new Stream;
            return fine;
        },
    .free_decoder = [](void* decoder) { delete static_cast<Stream*>(decoder); },
    .push_data = push_data,
    .decode_image = decode_image,
    .set_strict_decoding = [](void*, int) {},
    .id_name = "libavcodec",
};

}  // namespace

bool use_hevc_decoder() {
    av_log_set_level(AV_LOG_QUIET);  // what a stranger's file makes it say is not for our log
    return heif_register_decoder_plugin(&plugin).code == heif_error_Ok;
}

}  // namespace vitrine::photo
