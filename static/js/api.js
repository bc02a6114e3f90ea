// The API's reference, drawn by Swagger UI from the API's own description. "Try it out" calls in the reader's session.
const place = document.getElementById("api-reference");

function cookie(name) {
  const found = document.cookie.split("; ").find((part) => part.startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
}

window.SwaggerUIBundle({
  url: place.dataset.schema,
  domNode: place,
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  validatorUrl: null,
  requestInterceptor(request) {
    // Only to us: the description names this site alone, and the page's policy lets nothing else out.
    request.headers["X-CSRFToken"] = cookie("csrftoken");
    return request;
  },
});
