// Values for parameters of any type, made by the compiler's own knowledge of the type.
#include <functional>
#include <memory>
#include <new>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace rb {
template <class F> struct signature;
#define RB_SIGNATURE(tail)                                             \
  template <class R, class C, class... A> struct signature<R (C::*)(A...) tail> { \
    using parameters = std::tuple<A...>;                               \
  };
RB_SIGNATURE()
RB_SIGNATURE(const)
RB_SIGNATURE(noexcept)
RB_SIGNATURE(const noexcept)
RB_SIGNATURE(&)
RB_SIGNATURE(const &)
RB_SIGNATURE(volatile)
RB_SIGNATURE(const volatile)
#undef RB_SIGNATURE
template <class R, class... A> struct signature<R (*)(A...)> { using parameters = std::tuple<A...>; };
template <class R, class... A> struct signature<R (*)(A...) noexcept> {
  using parameters = std::tuple<A...>;
};
template <class F, int I> using parameter = std::tuple_element_t<I, typename signature<F>::parameters>;

template <class T, class = void> struct complete : std::false_type {};
template <class T> struct complete<T, std::void_t<decltype(sizeof(T))>> : std::true_type {};

template <class T> T *object(double value);

// Stands for any constructor argument but the class itself, which would be its copy.
template <class T> struct any_value {
  template <class U, class = std::enable_if_t<!std::is_same_v<U, T>>> operator U() const {
    return std::move(*object<U>(1));
  }
};
template <class T> struct any_place {
  template <class U, class = std::enable_if_t<!std::is_same_v<std::remove_const_t<U>, T>>>
  operator U &() const {
    return *object<std::remove_const_t<U>>(1);
  }
};

template <class T, template <class> class V> constexpr int arguments() {
  if constexpr (std::is_constructible_v<T, V<T>>) return 1;
  else if constexpr (std::is_constructible_v<T, V<T>, V<T>>) return 2;
  else if constexpr (std::is_constructible_v<T, V<T>, V<T>, V<T>>) return 3;
  else if constexpr (std::is_constructible_v<T, V<T>, V<T>, V<T>, V<T>>) return 4;
  else return 0;
}

template <class T, template <class> class V, std::size_t... I>
T *constructed(std::index_sequence<I...>) {
  return new T(((void)I, V<T>{})...);
}

template <class T> struct maker {
  static T *make(double value) {
    if constexpr (std::is_arithmetic_v<T>) return new T(static_cast<T>(value));
    else if constexpr (std::is_enum_v<T>) return new T(static_cast<T>(0));
    else if constexpr (!complete<T>::value) return static_cast<T *>(rb_block(RB_ELEMENTS));
    else if constexpr (std::is_abstract_v<T>) return static_cast<T *>(nullptr);
    else if constexpr (std::is_default_constructible_v<T>) return new T();
    else if constexpr (arguments<T, any_value>() > 0)
      return constructed<T, any_value>(std::make_index_sequence<arguments<T, any_value>()>{});
    else if constexpr (arguments<T, any_place>() > 0)
      return constructed<T, any_place>(std::make_index_sequence<arguments<T, any_place>()>{});
    else return static_cast<T *>(rb_block(sizeof(T)));
  }
};
template <class T> struct maker<T *> {
  static T *array() {
    using B = std::remove_cv_t<T>;
    if constexpr (std::is_function_v<T>) return reinterpret_cast<T *>(&rb_nothing);
    else if constexpr (std::is_void_v<T> || !complete<B>::value)
      return static_cast<T *>(rb_array(1, 0, RB_ELEMENTS));
    else if constexpr (std::is_arithmetic_v<B>)
      return static_cast<T *>(rb_array(sizeof(B), std::is_integral_v<B> ? RB_INTEGER : RB_REAL,
                                       RB_ELEMENTS));
    else if constexpr (std::is_pointer_v<B>) {
      B *table = static_cast<B *>(rb_block(sizeof(B) * RB_NESTED));
      for (int i = 0; i < 16; i++) table[i] = maker<B>::array();
      return table;
    } else if constexpr (std::is_trivially_default_constructible_v<B>)
      return static_cast<T *>(rb_array(sizeof(B), 0, RB_ELEMENTS));
    else return object<B>(1);
  }
  static T **make(double) { return new T *(array()); }
};
template <class T> struct maker<std::shared_ptr<T>> {
  static std::shared_ptr<T> *make(double) { return new std::shared_ptr<T>(object<T>(1), [](T *) {}); }
};
template <class T> struct maker<std::unique_ptr<T>> {
  static std::unique_ptr<T> *make(double) { return new std::unique_ptr<T>(object<T>(1)); }
};
template <class T> struct maker<std::vector<T>> {
  static std::vector<T> *make(double) {
    if constexpr (std::is_default_constructible_v<T>) return new std::vector<T>(RB_N);
    else return new std::vector<T>();
  }
};
template <class R, class... A> struct maker<std::function<R(A...)>> {
  static std::function<R(A...)> *make(double) {
    return new std::function<R(A...)>([](A...) -> R {
      if constexpr (!std::is_void_v<R>) return std::move(*object<std::decay_t<R>>(1));
    });
  }
};
template <> struct maker<std::string> {
  static std::string *make(double) { return new std::string("1"); }
};

template <class T> T *object(double value) { return maker<T>::make(value); }

// Holds the value of one parameter between calls.
template <class P> struct holder {
  using T = std::remove_cv_t<std::remove_reference_t<P>>;
  T *at;
  explicit holder(double value) : at(object<T>(value)) {}
  P pass() const {
    if constexpr (std::is_lvalue_reference_v<P>) return *at;
    else if constexpr (std::is_rvalue_reference_v<P>) return std::move(*at);
    else if constexpr (std::is_copy_constructible_v<T>) return *at;
    else return std::move(*at);
  }
};

// Call, and see to it that the result is computed although nobody reads it.
template <class F> void use(F call) {
  if constexpr (std::is_void_v<decltype(call())>) {
    call();
  } else {
    auto &&result = call();
    __asm__ volatile("" : : "g"(&result) : "memory");
  }
}

// Give a field that is still empty something to point to.
template <class T> void field(T &at) {
  if constexpr (std::is_pointer_v<T>)
    if (!at) at = maker<T>::array();
}
}  // namespace rb
