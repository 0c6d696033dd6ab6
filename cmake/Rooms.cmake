# What every source of our own is compiled with. Generated code links `starlift_address_sanitizer`
# only: UBSan triples its compile time and finds nothing of ours.
add_library(starlift_address_sanitizer INTERFACE)
add_library(starlift_flags INTERFACE)
# Two warnings are off: gcc 12 raises both falsely, on strings inside an absl::StatusOr and on inserts.
target_compile_options(starlift_flags INTERFACE -Wall -Wextra -Werror -Wno-missing-field-initializers
  -Wno-maybe-uninitialized -Wno-restrict)
target_link_libraries(starlift_flags INTERFACE starlift_address_sanitizer)
if(STARLIFT_SANITIZE)
  target_compile_options(starlift_address_sanitizer INTERFACE -fsanitize=address -fno-omit-frame-pointer)
  target_link_options(starlift_address_sanitizer INTERFACE -fsanitize=address,undefined)
  target_compile_options(starlift_flags INTERFACE -fsanitize=undefined -fno-sanitize-recover=undefined)
endif()

# room(domain/order SOURCES order.cc … DEPS base … LIBRARIES absl::status …)
# One library for the room's sources (paths relative to libs/<room>). DEPS are the rooms it may
# include: the tidy test holds every #include against them. LIBRARIES come from outside.
function(room path)
  cmake_parse_arguments(ROOM "" "" "SOURCES;DEPS;LIBRARIES" ${ARGN})
  string(REPLACE "/" "_" name "starlift_${path}")
  set(sources)
  foreach(source IN LISTS ROOM_SOURCES)
    list(APPEND sources ${path}/${source})
  endforeach()
  if(sources)
    add_library(${name} STATIC ${sources})
    set(scope PUBLIC)
  else()
    add_library(${name} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_include_directories(${name} ${scope} ${PROJECT_SOURCE_DIR}/libs)
  target_link_libraries(${name} ${scope} starlift_flags ${ROOM_LIBRARIES})
  foreach(dep IN LISTS ROOM_DEPS)
    string(REPLACE "/" "_" dep_name "starlift_${dep}")
    target_link_libraries(${name} ${scope} ${dep_name})
  endforeach()
endfunction()
