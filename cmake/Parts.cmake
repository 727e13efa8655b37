# The libraries this product is built from, each under a short name that room() takes.
# Everything is Debian's except OpenVINO, whose PyPI wheel is also a C++ SDK: tools/setup.sh unzips it.

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

set(VITRINE_PARTS "$ENV{VITRINE_PARTS}" CACHE PATH "Where tools/setup.sh unzips what Debian lacks")
if(NOT VITRINE_PARTS)
  if(DEFINED ENV{XDG_CACHE_HOME})
    set(VITRINE_PARTS "$ENV{XDG_CACHE_HOME}/vitrine/parts")
  else()
    set(VITRINE_PARTS "$ENV{HOME}/.cache/vitrine/parts")
  endif()
endif()

function(part name)
  add_library(part_${name} INTERFACE)
  add_library(vitrine::${name} ALIAS part_${name})
  target_link_libraries(part_${name} INTERFACE ${ARGN})
endfunction()

find_package(fmt REQUIRED)
part(fmt fmt::fmt)

find_package(Boost 1.81 REQUIRED COMPONENTS json url system)
part(boost_json Boost::json)
part(boost_url Boost::url)
part(boost_asio Boost::system Threads::Threads)

find_package(spdlog REQUIRED)
part(spdlog spdlog::spdlog)
pkg_check_modules(tomlplusplus REQUIRED IMPORTED_TARGET tomlplusplus)
part(tomlplusplus PkgConfig::tomlplusplus)
find_package(prometheus-cpp REQUIRED)
part(prometheus prometheus-cpp::core)

pkg_check_modules(vips REQUIRED IMPORTED_TARGET vips)
part(vips PkgConfig::vips)
pkg_check_modules(heif REQUIRED IMPORTED_TARGET libheif)
part(heif PkgConfig::heif)
pkg_check_modules(avcodec REQUIRED IMPORTED_TARGET libavcodec libavutil)
part(avcodec PkgConfig::avcodec)
pkg_check_modules(sodium REQUIRED IMPORTED_TARGET libsodium)
part(sodium PkgConfig::sodium)
pkg_check_modules(sqlite REQUIRED IMPORTED_TARGET sqlite3)
part(sqlite PkgConfig::sqlite)
part(soci soci_core soci_sqlite3)
target_include_directories(part_soci SYSTEM INTERFACE /usr/include/soci)
find_package(OpenSSL REQUIRED)
part(openssl OpenSSL::SSL OpenSSL::Crypto)
pkg_check_modules(curl REQUIRED IMPORTED_TARGET libcurl)
part(curl PkgConfig::curl)
pkg_check_modules(zip REQUIRED IMPORTED_TARGET libzip)
part(zip PkgConfig::zip)
find_package(ZLIB REQUIRED)
part(zlib ZLIB::ZLIB)

add_library(part_opencv INTERFACE)
add_library(vitrine::opencv ALIAS part_opencv)
target_include_directories(part_opencv SYSTEM INTERFACE /usr/include/opencv4)
target_link_libraries(part_opencv INTERFACE opencv_core opencv_imgproc)

find_package(OpenVINO 2026.4 REQUIRED COMPONENTS Runtime
  PATHS "${VITRINE_PARTS}/openvino/cmake" NO_DEFAULT_PATH)
part(openvino openvino::runtime)

find_package(CLI11 REQUIRED)
part(cli11 CLI11::CLI11)

find_package(GTest REQUIRED)
part(gtest GTest::gmock GTest::gtest_main)
find_package(benchmark QUIET)
