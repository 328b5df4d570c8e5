// Loads a shared library while standard error leads nowhere. TensorFlow's framework library writes two lines of advice to it from
// its static initialisers, before any log level of its own is read.

#include <dlfcn.h>
#include <fcntl.h>
#include <node_api.h>
#include <stdio.h>
#include <unistd.h>

#include <string>

namespace {

// loadQuietly(path: string): boolean, true when the library is loaded.
napi_value LoadQuietly(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value path_value = nullptr;
  size_t length = 0;
  napi_get_cb_info(env, info, &count, &path_value, nullptr, nullptr);
  if (napi_get_value_string_utf8(env, path_value, nullptr, 0, &length) != napi_ok) {
    napi_throw_type_error(env, nullptr, "loadQuietly takes the path of a library");
    return nullptr;
  }
  std::string path(length, '\0');
  napi_get_value_string_utf8(env, path_value, &path[0], length + 1, &length);

  fflush(stderr);
  const int kept = dup(STDERR_FILENO);
  const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
  const bool muted = kept >= 0 && nowhere >= 0 && dup2(nowhere, STDERR_FILENO) >= 0;
  const bool loaded = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL) != nullptr;
  fflush(stderr);
  if (muted) dup2(kept, STDERR_FILENO);
  if (kept >= 0) close(kept);
  if (nowhere >= 0) close(nowhere);

  napi_value result = nullptr;
  napi_get_boolean(env, loaded, &result);
  return result;
}

}  // namespace

NAPI_MODULE_INIT() {
  napi_value function = nullptr;
  napi_create_function(env, "loadQuietly", NAPI_AUTO_LENGTH, LoadQuietly, nullptr, &function);
  napi_set_named_property(env, exports, "loadQuietly", function);
  return exports;
}
